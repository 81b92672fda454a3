//! `circleci tests run`.

use std::{
    ffi::OsString,
    io::Write,
    process::{Command, ExitCode, Stdio},
};

use super::{
    again,
    options::Options,
    split::{share_of, text},
};
use crate::{command::Failure, os::programs};

/// Runs a command with this node's share in its standard input, with spaces between the tests. In a rerun of failed tests
/// only those of files and classes that failed are shared.
pub fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::read(arguments)?;
    let Some(command) = options.command.as_deref().filter(|command| !command.trim().is_empty()) else {
        return Err(Failure::Usage("`tests run` needs `--command=\"xargs …\"`".to_owned()));
    };
    // With spaces or lines between them, as CircleCI has it: `echo $TESTS | circleci tests run …` is usual.
    let mut tests: Vec<String> = text(&options)?.split_whitespace().map(str::to_owned).collect();
    if tests.is_empty() {
        eprintln!("circleci: no test names in the input: pipe a list into `tests run`, such as that of `tests glob`");
    }
    if let Some(failed) = again::fetch().map_err(Failure::Failed)? {
        tests = again::select(tests, &failed);
    }
    let tests = share_of(tests, &options)?;
    if options.verbose {
        eprintln!("circleci: node {} of {} runs {} tests: {command}", options.index, options.total, tests.len());
    }
    if tests.is_empty() {
        eprintln!("circleci: no tests for this node: the command is not run");
        return Ok(ExitCode::SUCCESS);
    }
    let shell = programs::plain_shell();
    let failed = |error| Failure::Failed(format!("the command cannot be run by {shell}: {error}"));
    let mut child = Command::new(shell).arg("-c").arg(command).stdin(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read them all is free to.
        drop(input.write_all(tests.join(" ").as_bytes()));
    }
    let status = child.wait().map_err(failed)?;
    Ok(ExitCode::from(u8::try_from(programs::exit_code(status)).unwrap_or(1)))
}
