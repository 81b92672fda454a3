//! The task agent: runs every step of a task inside the job's environment.
//!
//! `task-agent DIR` takes its task from the spool directory `DIR` and tells there what happens (the contract is
//! [`model::agent`]). It is one static program without an async runtime, so that it runs in any Linux image: as the main
//! process of a container, or as an ordinary process of the host. Called as `circleci` or `circleci-agent` it is the
//! command of that name inside the job.
//!
//! | module | what |
//! | --- | --- |
//! | [`supervise`] | processes: start, reap, signals, end a whole tree, copy output |
//! | [`spool`] | the directory shared with the runner: task, events, logs, fsync |
//! | [`environment`] | variables and their precedence, home, working directory, `$BASH_ENV`, scratch files |
//! | [`shell`] | how a command is given to which shell |
//! | [`disk`] | whether a disk is full |
//! | [`step`] | the steps themselves |
//! | [`archive`] | tar with zstd, as a stream |
//! | [`blob`] | the way to the server, through the runner |
//! | [`glob`] | patterns of names of files |
//! | [`watch`] | whether long work must stop |
//! | [`command`] | the `circleci` command |
//! | [`os`] | what differs between Linux, macOS and Windows |

mod archive;
mod blob;
mod command;
mod disk;
mod environment;
mod glob;
mod os;
mod shell;
mod spool;
mod step;
mod supervise;
mod watch;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::ExitCode,
};

use model::{agent::LOG_LIMIT_BYTES, event::TaskEventKind, job::Outcome};

/// Wrong use.
const USAGE: u8 = 2;

/// The task is over, and some of its processes could not be ended.
const LEFTOVERS: u8 = 3;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let called_as = arguments.first().and_then(|path| Path::new(path).file_stem()).and_then(OsStr::to_str);
    match (called_as, &arguments[..]) {
        (Some("circleci" | "circleci-agent"), [_, rest @ ..]) => command::run(rest),
        (Some(program @ ("curl" | "wget")), [_, rest @ ..]) => command::stand_before(program, rest),
        (_, [_, flag]) if flag == "--version" => {
            println!("task-agent {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        (_, [_, directory]) if !directory.as_encoded_bytes().starts_with(b"-") => run_task(Path::new(directory)),
        _ => {
            eprintln!("usage: task-agent DIR\n\nRuns the task in DIR/task.json. A runner starts it; people do not.");
            ExitCode::from(USAGE)
        }
    }
}

/// Runs the task of a spool directory to its end.
fn run_task(directory: &Path) -> ExitCode {
    if let Err(error) = os::prepare() {
        eprintln!("task-agent: {error}");
        return ExitCode::FAILURE;
    }
    let task = match spool::take_task(directory) {
        Ok(task) => task,
        Err(spool::NoTask::Absent(reason)) => {
            eprintln!("task-agent: {reason}");
            return ExitCode::from(USAGE);
        }
        Err(spool::NoTask::Unreadable(reason)) => {
            let ended = TaskEventKind::Ended { outcome: Outcome::InfrastructureFail, reason: Some(reason) };
            let told = spool::Spool::open(directory, LOG_LIMIT_BYTES).map(|mut spool| spool.end(ended, |_| false));
            return finish(told.map(|()| true));
        }
    };
    let spool = spool::Spool::open(directory, task.log_limit_bytes);
    finish(spool.and_then(|spool| step::Job::start(task, spool)).map(step::Job::run))
}

/// Success means to the runner that no process of the job is left.
fn finish(is_clean: std::io::Result<bool>) -> ExitCode {
    match is_clean {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(LEFTOVERS),
        Err(error) => {
            eprintln!("task-agent: the task could not be run: {error}");
            ExitCode::FAILURE
        }
    }
}
