//! Brings the spool to the disk, beside the work and never in its way.
//!
//! The runner reads what is written at once, and needs no sync for that. The disk is for a machine that loses its power: then
//! it keeps what was written until shortly before.

use std::{
    fs::File,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::log::Log;
use crate::os;

/// The longest that a written byte waits for its sync. A job that is over sooner costs none.
pub const INTERVAL: Duration = Duration::from_millis(200);

/// Disk space kept for events, so that a job which fills the disk with output can still say how it ends.
const RESERVED_BYTES: u64 = 256 << 10;

/// The thread that syncs.
pub struct Syncer {
    shared: Arc<Shared>,
}

struct Shared {
    events: Arc<File>,
    state: Mutex<State>,
    /// Held while files are synced: whoever comes next finds nothing half done.
    syncing: Mutex<()>,
}

#[derive(Default)]
struct State {
    logs: Vec<Arc<Log>>,
    events_dirty: bool,
}

impl Syncer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn start(events: Arc<File>) -> io::Result<Self> {
        let shared = Arc::new(Shared { events, state: Mutex::default(), syncing: Mutex::default() });
        let syncer = Self { shared: shared.clone() };
        thread::Builder::new().name("sync".to_owned()).spawn(move || {
            thread::sleep(INTERVAL);
            // Not every file system can; then a full disk is waited out.
            os::files::reserve(&shared.events, RESERVED_BYTES);
            loop {
                shared.sync();
                thread::sleep(INTERVAL);
            }
        })?;
        Ok(syncer)
    }

    /// Syncs this log too, until nobody else holds it.
    pub fn add(&self, log: Arc<Log>) {
        self.shared.state().logs.push(log);
    }

    /// An event was written.
    pub fn events_written(&self) {
        self.shared.state().events_dirty = true;
    }

    /// Returns when everything is on the disk.
    pub fn sync(&self) {
        self.shared.sync();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs first: an event on the disk speaks of bytes on the disk.
    fn sync(&self) {
        let _one_at_a_time = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        let events_dirty = std::mem::take(&mut state.events_dirty);
        let logs = state.logs.clone();
        // Whoever writes holds it, so one that is only here and in this copy is complete.
        state.logs.retain(|log| Arc::strong_count(log) > 2);
        drop(state);
        // A disk that cannot sync will not do better when asked again; the runner reads the bytes all the same.
        for file in logs.iter().filter_map(|log| log.take_dirty()) {
            drop(file.sync_data());
        }
        if events_dirty {
            drop(self.events.sync_data());
        }
    }
}
