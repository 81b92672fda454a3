//! Windows.

#![expect(unsafe_code, reason = "job objects, pipes and disks have no safe interface")]

mod child;
pub mod files;
mod job;
pub mod pipe;
mod poller;
pub mod programs;

use std::{fs, io, path::Path, thread, time::Duration};

use model::agent::CANCEL_FILE;

pub use self::{
    child::{Alive, Pid, Processes, Scope, Status},
    job::prepare,
    poller::Poller,
};
pub use super::{
    loopback as stream,
    outside::{OutOfMemory, forward},
};
use crate::os::Told;

/// How often it is looked whether somebody has cancelled the task.
const LOOK: Duration = Duration::from_millis(200);

/// There are no containers here that the agent could be the first process of.
pub fn is_init() -> bool {
    false
}

/// Job objects hold everything together: nobody is left behind.
///
/// # Errors
/// None here.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// Waits until the runner makes the file that cancels the task.
pub fn wait_to_be_told(spool: &Path) -> Told {
    let file = spool.join(CANCEL_FILE);
    while fs::symlink_metadata(&file).is_err() {
        thread::sleep(LOOK);
    }
    // It is told once: the next one who asks waits for another.
    drop(fs::remove_file(&file));
    Told::Cancel
}
