//! macOS.

pub mod pipe;
mod poller;
mod table;

use std::{fs::File, io};

pub use rustix::process::{Pid, WaitStatus as Status};

pub use self::{poller::Poller, table::processes};
pub use super::{
    loopback as stream,
    outside::{OutOfMemory, forward},
    unix::{Alive, Processes, Scope, files, is_init, programs, wait_to_be_told},
};

/// Whether orphans become children of the agent: they become those of `launchd`, and are found by their sessions.
pub const ADOPTS: bool = false;

/// Shells of jobs that name none, each with the program that has to be there for it (configuration reference, "Default shell
/// options").
pub const DEFAULT_SHELLS: &[(Option<&str>, &str)] = &[(Some("/bin/bash"), "/bin/bash --login -eo pipefail -c")];

/// What is kept of an inherited environment that the user did not choose.
pub const INHERITED: &[&str] = &["PATH", "HOME", "USER", "LANG", "TERM", "TMPDIR"];

/// Before the first thread, so that all of them inherit it and the signal thread alone gets the signals.
///
/// # Errors
/// None here.
pub fn prepare() -> io::Result<()> {
    // Another process reads the agent's memory only with the right of a debugger, which the system gives to no job.
    super::unix::block_signals();
    super::unix::leave_session();
    Ok(())
}

/// No process can be made the parent of orphans here.
///
/// # Errors
/// None here.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// Keeps no disk space: a full disk is waited out.
pub fn reserve(_file: &File, _bytes: u64) {}

/// What the kernel takes away from the mode of a new file: it cannot be asked without a change, so it may be everything.
pub fn umask() -> u32 {
    0o7777
}
