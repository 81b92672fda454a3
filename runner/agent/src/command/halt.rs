//! `circleci step halt`.

use std::{env, fs, process::ExitCode};

use crate::environment::HALT_VARIABLE;

/// Tells the agent to end the job after the current step.
pub fn run() -> ExitCode {
    let Some(file) = env::var_os(HALT_VARIABLE) else {
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
