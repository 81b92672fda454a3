//! The `circleci` (and `circleci-agent`) command inside a job.

mod arguments;
mod before;
mod config;
mod env_subst;
mod halt;
mod oidc;
mod place;
mod tests;

pub use before::stand_before;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

/// Wrong use, or not there yet.
const USAGE: u8 = 2;

const HELP: &str = "\
circleci: Roundhouse's own command inside a job

Usage:
  circleci tests glob PATTERN...          prints the files that match, sorted
  circleci tests split [OPTIONS] [FILE]   prints this node's share of the tests in FILE, or in the standard input
  circleci tests run --command=COMMAND [OPTIONS]
                                          runs a command with this node's share of the tests in the standard input; in a
                                          rerun of failed tests only with those of files and classes that failed
  circleci env subst [TEXT]               replaces $NAME and ${NAME} in a text, or in the standard input
  circleci config validate [FILE]         reports every mistake of a configuration
  circleci config process [FILE]          prints a configuration with everything put in
  circleci config pack DIR                prints one configuration made of a directory of fragments
  circleci run oidc get [--claims JSON] [--root-issuer]
                                          prints an OpenID Connect token, for an audience of your choice
  circleci step halt                      ends the job, successfully, after the current step

Patterns: * and ? stop at slashes, ** does not; [a-z], [^a-z], {one,two}.

Options of `tests split` and `tests run`:
  --split-by=name|filesize|timings        what makes a test heavy; name: they all weigh the same (default: name)
  --timings-type=autodetect|file|classname|name
                                          what the tests are called by (default: autodetect)
  --time-default=10s                      for tests that were never timed (default: the average of the others)
  --index=N, --total=N                    which node of how many (default: $CIRCLE_NODE_INDEX, $CIRCLE_NODE_TOTAL)
  --show-counts                           says on the standard error how many tests each node has
  --verbose                               says on the standard error what is done

Options of `config validate` and `config process`:
  --config=FILE                           the configuration (default: .circleci/config.yml; `-` is the standard input)
  --pipeline-parameters=JSON              an object of parameters, or a file of one

`circleci-agent` is the same command, and `task halt` is `step halt`.

Claims: {\"aud\": \"AUDIENCE\"}, or a list of audiences. The log does not mask what this command prints.

Orbs are not to be had inside a job. Other commands `circleci run …` are CircleCI's own, and do nothing here.
";

/// Runs the command with its arguments.
pub fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    if words.iter().any(|word| matches!(*word, "--help" | "-h")) {
        return print(HELP.as_bytes());
    }
    match words[..] {
        [] | ["help", ..] => print(HELP.as_bytes()),
        ["--version" | "version", ..] => print(concat!(env!("CARGO_PKG_VERSION"), "\n").as_bytes()),
        ["step" | "task", "halt"] => halt::run(),
        ["tests", "glob", ..] => done(tests::glob(&arguments[2..])),
        ["tests", "split", ..] => done(tests::split(&arguments[2..])),
        ["tests", "run", ..] => done(tests::run(&arguments[2..])),
        ["env", "subst", ..] => done(env_subst::run(&arguments[2..])),
        ["config", "validate", ..] => done(config::validate(&arguments[2..])),
        ["config", "process", ..] => done(config::process(&arguments[2..])),
        ["config", "pack", ..] => done(config::pack(&arguments[2..])),
        ["run", "oidc", "get", ..] => done(oidc::get(&arguments[3..])),
        ["run", ..] => {
            eprintln!(
                "circleci: `circleci run {}` starts a plugin of CircleCI's own that speaks to its servers: a job here cannot \
                 do that",
                words[1..].join(" ")
            );
            ExitCode::from(USAGE)
        }
        _ => {
            eprintln!(
                "circleci: this version of Roundhouse has no `circleci {}`; `circleci --help` says what there is",
                words.join(" ")
            );
            ExitCode::from(USAGE)
        }
    }
}

/// Why a command failed.
enum Failure {
    /// It was called in a way that means nothing: a sentence.
    Usage(String),
    /// It could not do it: a sentence.
    Failed(String),
}

fn done(result: Result<ExitCode, Failure>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(Failure::Usage(why)) => {
            eprintln!("circleci: {why}; `circleci --help` says more");
            ExitCode::from(USAGE)
        }
        Err(Failure::Failed(why)) => {
            eprintln!("circleci: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Prints. A reader that has read enough (`| head`) is no failure.
fn print(bytes: &[u8]) -> ExitCode {
    let mut output = io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("circleci: the output cannot be written: {error}");
            ExitCode::FAILURE
        }
        Ok(()) | Err(_) => ExitCode::SUCCESS,
    }
}
