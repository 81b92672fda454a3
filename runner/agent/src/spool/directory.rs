//! The spool directory, from the agent's side.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use model::{
    agent,
    event::{StepKey, TaskEventKind},
};

use super::{
    event_log::EventLog,
    log::Log,
    sync::{self, Syncer},
};

/// Where the agent tells what happens.
pub struct Spool {
    directory: PathBuf,
    log_limit_bytes: u64,
    events: EventLog,
    syncer: Syncer,
}

impl Spool {
    /// Opens the directory. Of what an attempt at a step prints, `log_limit_bytes` are kept.
    ///
    /// # Errors
    /// Its event file cannot be written.
    pub fn open(directory: &Path, log_limit_bytes: u64) -> io::Result<Self> {
        let events = EventLog::open(&directory.join(agent::EVENTS_FILE))?;
        let syncer = Syncer::start(events.file().clone())?;
        Ok(Self { directory: directory.to_owned(), log_limit_bytes, events, syncer })
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The log of a step's attempt.
    pub fn log(&self, key: StepKey) -> Arc<Log> {
        let log = Arc::new(Log::new(self.directory.join(agent::log_file(key)), self.log_limit_bytes));
        self.syncer.add(log.clone());
        log
    }

    /// Tells that something happened. The bytes that it speaks of must be in their log already.
    pub fn tell(&mut self, kind: TaskEventKind) {
        self.events.append(kind);
        self.syncer.events_written();
    }

    /// Tells how the task ended, and returns when everything is on the disk; or when the runner has it all, for which
    /// `is_dismissed` waits a while.
    pub fn end(&mut self, ended: TaskEventKind, is_dismissed: impl FnOnce(Duration) -> bool) {
        self.tell(ended);
        if !is_dismissed(sync::INTERVAL) {
            self.syncer.sync();
        }
    }
}
