//! Linux.

pub mod forward;
mod memory;
pub mod pipe;
mod poller;
pub mod stream;
mod table;

use std::{
    fs::{self, File},
    io,
};

pub use rustix::process::{Pid, WaitStatus as Status};
use rustix::{fs::FallocateFlags, process::DumpableBehavior};

pub use self::{memory::OutOfMemory, poller::Poller, table::processes};
pub use super::unix::{Alive, Processes, Scope, files, is_init, programs, wait_to_be_told};

/// Whether orphans become children of the agent.
pub const ADOPTS: bool = true;

/// Before the first thread, so that all of them inherit it and the signal thread alone gets the signals.
///
/// # Errors
/// None here.
pub fn prepare() -> io::Result<()> {
    super::unix::block_signals();
    super::unix::leave_session();
    // The task holds credentials that steps do not get: no process of the job may read the agent's memory.
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    Ok(())
}

/// Makes the agent the parent of what its descendants leave behind. The first process of a container is that anyway.
///
/// # Errors
/// The kernel is too old for it.
pub fn adopt_orphans() -> io::Result<()> {
    if !is_init() {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    }
    Ok(())
}

/// Shells of jobs that name none, each with the program that has to be there for it. `/bin/sh` comes after them.
pub const DEFAULT_SHELLS: &[(Option<&str>, &str)] = &[(Some("/bin/bash"), "/bin/bash -eo pipefail -c")];

/// What is kept of an inherited environment that the user did not choose.
pub const INHERITED: &[&str] = &["PATH", "HOME", "USER", "LANG", "TERM"];

/// Keeps disk space for what will be appended to a file. Not every file system can.
pub fn reserve(file: &File, bytes: u64) {
    let _ = rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes);
}

/// What the kernel takes away from the mode of a new file. Asking it would change it for a moment, for all threads; so
/// `/proc` is read.
pub fn umask() -> u32 {
    /// Where it is not told, everything may have been taken away.
    const EVERYTHING: u32 = 0o7777;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    umask.and_then(|umask| u32::from_str_radix(umask.trim(), 8).ok()).unwrap_or(EVERYTHING)
}
