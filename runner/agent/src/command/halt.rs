//! `circleci step halt`.

use std::{fs, process::ExitCode};

use super::place::spool_directory;
use crate::environment::{HALT_FILE, HALT_VARIABLE};

/// Tells the agent to end the job after the current step.
pub fn run() -> ExitCode {
    let Some(directory) = spool_directory() else {
        eprintln!("circleci: `step halt` works inside a job only: {HALT_VARIABLE} is not set");
        return ExitCode::FAILURE;
    };
    let file = directory.join(HALT_FILE);
    match fs::write(&file, b"") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("circleci: the job cannot be halted: {} cannot be written: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
