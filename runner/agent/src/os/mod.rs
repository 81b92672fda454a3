//! What differs between operating systems: a module for each, with the same items in it, so that the rest of the agent asks
//! nowhere what it runs on.
//!
//! | item | Linux | macOS | Windows |
//! | --- | --- | --- | --- |
//! | `prepare` | blocks signals, memory not readable by others | blocks signals | a job object around the agent |
//! | `Processes`, `Scope` | sessions, adopted orphans, `/proc` | sessions, `libproc` | a nested job object for each step |
//! | `wait_to_be_told` | SIGTERM, SIGUSR1 | SIGTERM, SIGUSR1 | the file of `model::agent::CANCEL_FILE` |
//! | `pipe`, `Poller` | epoll | kqueue | looks again and again: pipes cannot be waited for there |
//! | `stream` | a Unix socket | a port of 127.0.0.1 and a secret | a port of 127.0.0.1 and a secret |
//! | `OutOfMemory` | the counters of the kernel | nothing is told | nothing is told |
//! | `files`, `programs` | modes, links, `PATH` | modes, links, `PATH` | links where the user may, `PATHEXT` |
//! | `forward` | in a container | never needed | never needed |
//!
//! On macOS no process can be made the parent of orphans: what leaves both its step's session and its parent is ended by the
//! runner, which finds it by the task's mark in its environment.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
pub mod loopback;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "linux"))]
pub mod outside;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(target_os = "macos")]
use self::macos as system;
#[cfg(windows)]
use self::windows as system;

pub use system::{
    Alive, OutOfMemory, Pid, Poller, Processes, Scope, Status, adopt_orphans, files, forward, is_init, pipe, prepare,
    programs, stream, wait_to_be_told,
};

/// What the agent is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// To cancel the task.
    Cancel,
    /// That the job's time is over.
    #[cfg_attr(windows, expect(dead_code, reason = "Windows has no signal for it; the agent knows the limit itself"))]
    TimeLimit,
}

/// Room on a file system.
pub struct Room {
    /// Bytes that are free for the job's user.
    pub free_bytes: u64,
    /// Whether the file system can hold another file.
    pub takes_files: bool,
}
