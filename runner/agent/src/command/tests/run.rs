//! `circleci tests run`.

use std::{
    ffi::OsString,
    io::Write,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use super::{options::Options, split::share_of};
use crate::command::Failure;

/// What a shell adds to a signal's number.
const SIGNALED: i32 = 128;

/// Runs a command with this node's share in its standard input, with spaces between the tests.
pub fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = Options::read(arguments)?;
    let Some(command) = options.command.as_deref().filter(|command| !command.trim().is_empty()) else {
        return Err(Failure::Usage("`tests run` needs `--command=\"xargs …\"`".to_owned()));
    };
    let tests = share_of(&options)?;
    if options.verbose {
        eprintln!("circleci: node {} of {} runs {} tests: {command}", options.index, options.total, tests.len());
    }
    if tests.is_empty() {
        eprintln!("circleci: no tests for this node: the command is not run");
        return Ok(ExitCode::SUCCESS);
    }
    let shell = ["/bin/bash", "/usr/bin/bash"].into_iter().find(|shell| Path::new(shell).exists()).unwrap_or("/bin/sh");
    let failed = |error| Failure::Failed(format!("the command cannot be run by {shell}: {error}"));
    let mut child = Command::new(shell).arg("-c").arg(command).stdin(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read them all is free to.
        drop(input.write_all(tests.join(" ").as_bytes()));
    }
    let status = child.wait().map_err(failed)?;
    let code = status.code().or_else(|| Some(SIGNALED + status.signal()?)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
