//! The file of events.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::{
    event::{FIRST_AGENT_SEQ, TaskEvent, TaskEventKind},
    time::Timestamp,
};

/// Between two attempts to write while the disk is full.
const RETRY: Duration = Duration::from_millis(200);

/// Attempts before the agent gives up: about a minute.
const ATTEMPTS: u32 = 300;

/// Appends events, one a line, numbered without gaps.
pub struct EventLog {
    file: Arc<File>,
    seq: u64,
}

impl EventLog {
    /// Opens the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Arc::new(file), seq: FIRST_AGENT_SEQ })
    }

    /// The file, for syncing.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Appends one event.
    ///
    /// An event that cannot be written for a minute ends the agent: without it, nothing that follows could be understood.
    pub fn append(&mut self, kind: TaskEventKind) {
        let event = TaskEvent { seq: self.seq, at: now(), kind };
        let mut line = serde_json::to_vec(&event).expect("an event has text keys only, so it is always JSON");
        line.push(b'\n');
        self.seq += 1;
        let mut written = 0;
        let mut failures = 0;
        while written < line.len() {
            match (&*self.file).write(&line[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    failures += 1;
                    if failures > ATTEMPTS {
                        eprintln!("task-agent: events cannot be written any more: {error}");
                        std::process::exit(1);
                    }
                    thread::sleep(RETRY);
                }
            }
        }
    }
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
