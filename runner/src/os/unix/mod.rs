//! What Linux and macOS have in common.

pub(crate) mod files;
pub(crate) mod process;

use std::{ffi::OsString, path::Path, process::Command};

use rustix::process::Signal;

use self::process::Process;

/// What of the host's environment the agent is started with.
pub(crate) const INHERITED: &[&str] = &["PATH", "LANG", "TERM", "TMPDIR", "TZ"];

/// The variables that name a job's home and its user.
pub(crate) fn home_variables(home: &Path) -> Vec<(&'static str, OsString)> {
    vec![("HOME", home.into()), ("USER", std::env::var_os("USER").unwrap_or_else(|| "root".into()))]
}

/// Nothing to do: the agent leaves the runner's session as its first act. Done here, between fork and exec, it would cost a
/// copy of the runner's page tables for each task.
pub(crate) fn start_apart(_command: &mut Command) {}

/// Asks an agent to cancel its task.
pub(crate) fn ask_to_cancel(agent: Process, _spool: &Path) {
    agent.signal(Signal::TERM);
}

/// What this machine is, for people.
pub fn host() -> String {
    let name = rustix::system::uname();
    format!(
        "{} ({} {} on {})",
        name.nodename().to_string_lossy(),
        name.sysname().to_string_lossy(),
        name.release().to_string_lossy(),
        name.machine().to_string_lossy()
    )
}

/// The name of this machine; `None`: it has none.
pub fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Some(name).filter(|name| !name.is_empty())
}

/// Room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this user may still take.
    pub free_bytes: u64,
}

/// Room on the file system of a path; `None`: it does not tell.
pub fn room(path: &Path) -> Option<Room> {
    let found = rustix::fs::statvfs(path).ok()?;
    (found.f_blocks > 0).then(|| Room { free_bytes: found.f_bavail.saturating_mul(found.f_frsize) })
}
