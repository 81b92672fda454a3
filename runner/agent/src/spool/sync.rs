//! Brings the spool to the disk, beside the work and never in its way.

use std::{
    fs::File,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::log::Log;

/// The longest that a written byte waits for its sync.
const INTERVAL: Duration = Duration::from_millis(200);

/// A sync waits for what else comes within this time: a hundred steps of a millisecond each must not mean a hundred.
const GATHER: Duration = Duration::from_millis(20);

/// The thread that syncs.
pub struct Syncer {
    shared: Arc<Shared>,
}

struct Shared {
    events: Arc<File>,
    state: Mutex<State>,
    hurry: Condvar,
}

#[derive(Default)]
struct State {
    logs: Vec<Arc<Log>>,
    hurry: bool,
    events_dirty: bool,
}

impl Syncer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn start(events: Arc<File>) -> io::Result<Self> {
        let shared = Arc::new(Shared { events, state: Mutex::default(), hurry: Condvar::new() });
        let syncer = Self { shared: shared.clone() };
        thread::Builder::new().name("sync".to_owned()).spawn(move || {
            loop {
                shared.wait();
                thread::sleep(GATHER);
                shared.sync();
            }
        })?;
        Ok(syncer)
    }

    /// Syncs this log too, until nobody else holds it.
    pub fn add(&self, log: Arc<Log>) {
        self.shared.state().logs.push(log);
    }

    /// An event was written: syncs soon.
    pub fn hurry(&self) {
        let mut state = self.shared.state();
        state.events_dirty = true;
        state.hurry = true;
        drop(state);
        self.shared.hurry.notify_one();
    }

    /// Syncs for the last time, and returns when it is done. A runner that has taken the end meanwhile, and the server with
    /// it, needs no sync any more: it ends the agent.
    pub fn sync(&self) {
        self.shared.state().events_dirty = true;
        thread::sleep(GATHER);
        self.shared.sync();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) {
        let (mut state, _timeout) = self
            .hurry
            .wait_timeout_while(self.state(), INTERVAL, |state| !state.hurry)
            .unwrap_or_else(PoisonError::into_inner);
        state.hurry = false;
    }

    /// Logs first: an event on the disk speaks of bytes on the disk.
    fn sync(&self) {
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
