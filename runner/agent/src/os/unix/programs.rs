//! Programs: how they are found, and who runs them.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::{
        fs::PermissionsExt,
        net::UnixStream,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus},
};

use rustix::process::Pid;

use super::passwd;
pub use crate::os::system::{DEFAULT_SHELLS, INHERITED};

/// For environments that set no `PATH`: what Docker would set.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Between the directories of a `PATH`.
pub const PATH_SEPARATOR: &str = ":";

/// The longest text that goes to a program as one argument: the kernel takes at most 128 KiB.
pub const LONGEST_ARGUMENT: usize = 100_000;

/// Why a job has no `ssh-agent` of its own, where it cannot have one.
pub const NO_SSH_AGENT: Option<&str> = None;

/// What a shell adds to a signal's number.
const SIGNALED: i32 = 128;

/// The program of this name in a directory.
pub fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    let candidate = directory.join(name);
    let is_program =
        fs::metadata(&candidate).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    is_program.then_some(candidate)
}

/// The name of a variable, as it is kept: any.
pub fn variable_name(name: OsString) -> OsString {
    name
}

/// Makes a program known by one more name.
///
/// # Errors
/// It cannot be made.
pub fn link(program: &Path, name: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, name)
}

/// The user that the agent runs as, for people.
pub fn user() -> String {
    format!("the user with id {}", rustix::process::geteuid().as_raw())
}

/// The home of the user that the agent runs as, where no variable names it.
pub fn home() -> OsString {
    passwd::home_of(rustix::process::geteuid().as_raw()).unwrap_or_else(|| "/".into())
}

/// Becomes another program, under a name. Returns only when that is not possible.
pub fn become_program(command: &mut Command, name: &OsStr) -> Result<ExitCode, io::Error> {
    Err(command.arg0(name).exec())
}

/// Whether somebody listens at a socket.
pub fn answers(socket: &Path) -> bool {
    UnixStream::connect(socket).is_ok()
}

/// The number of a process, as programs are told it.
pub fn number(pid: Pid) -> String {
    pid.as_raw_nonzero().to_string()
}

/// A path as a shell reads it.
pub fn shell_path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The shell of `tests run`, which takes `-c COMMAND`.
pub fn plain_shell() -> &'static str {
    ["/bin/bash", "/usr/bin/bash"].into_iter().find(|shell| Path::new(shell).exists()).unwrap_or("/bin/sh")
}

/// How a process ended, as a shell would say it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().or_else(|| Some(SIGNALED + status.signal()?)).unwrap_or(1)
}
