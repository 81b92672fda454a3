//! `circleci step halt`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use model::agent::MOUNT;

use crate::environment::{HALT_FILE, HALT_VARIABLE};

/// Tells the agent to end the job after the current step.
pub fn run() -> ExitCode {
    // `sudo` and `su` drop the variable; in a container the place is known.
    let in_container = Path::new(MOUNT).join(HALT_FILE);
    let known = env::var_os(HALT_VARIABLE).map(PathBuf::from);
    let Some(file) = known.or_else(|| Path::new(MOUNT).is_dir().then_some(in_container)) else {
        eprintln!("circleci: `step halt` works inside a job only: {HALT_VARIABLE} is not set");
        return ExitCode::FAILURE;
    };
    match fs::write(&file, b"") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("circleci: the job cannot be halted: {} cannot be written: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
