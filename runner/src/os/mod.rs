//! What differs between operating systems on the runner's side: a module for each, with the same items in it.
//!
//! | item | Linux | macOS | Windows |
//! | --- | --- | --- | --- |
//! | `Process`, `tree`, `oldest` | `/proc` | `libproc`, `sysctl` | handles; the agent's job object ends what it started |
//! | `start_apart`, `ask_to_cancel` | the agent's own session, SIGTERM | the same | a group without a window, a file in the spool |
//! | `IS_AGENT_SURE` | yes: it adopts orphans | no | yes: nothing leaves a job object |
//! | `Listener` | a Unix socket | a port of 127.0.0.1 and a secret | a port of 127.0.0.1 and a secret |
//! | `EventWatch` | inotify | quiet: the spool is looked at again and again | the same |
//! | `files` | modes | modes | the rights of the work directory are inherited |

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod loopback;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "linux"))]
mod quiet;
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

pub(crate) use system::{
    EventWatch, INHERITED, IS_AGENT_SURE, Listener, Process, Stream, ask_to_cancel, files, home_variables, oldest,
    start_apart, tree,
};
pub use system::{Room, host, host_name, room};
