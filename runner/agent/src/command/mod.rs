//! The `circleci` (and `circleci-agent`) command inside a job.

mod halt;

use std::{ffi::OsString, process::ExitCode};

/// Wrong use, or not there yet.
const USAGE: u8 = 2;

const HELP: &str = "\
circleci: Roundhouse's own command inside a job

Usage:
  circleci step halt     ends the job, successfully, after the current step

`circleci-agent` is the same command.

Not in this version of Roundhouse yet: tests glob, tests split, tests run, env subst, config validate, config process,
config pack.
";

/// Runs the command with its arguments.
pub fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    match words[..] {
        [] | ["--help" | "-h" | "help", ..] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        ["--version" | "version"] => {
            println!("{}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        ["step", "halt"] => halt::run(),
        _ => {
            eprintln!(
                "circleci: this version of Roundhouse has no `circleci {}`; `circleci --help` says what there is",
                words.join(" ")
            );
            ExitCode::from(USAGE)
        }
    }
}
