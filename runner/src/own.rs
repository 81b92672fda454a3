//! The runner's own step, "Spin up environment": written into a spool of its own, and forwarded like the agent's.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Mutex,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use model::{
    agent::{EVENTS_FILE, log_file},
    event::{SPIN_UP_STEP, StepKey, StepResult, TaskEvent, TaskEventKind},
    job::Outcome,
    time::Timestamp,
};

/// Name of the runner's own step.
pub const SPIN_UP_NAME: &str = "Spin up environment";

/// The clock of this machine, for display.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// The log of the spin-up: an executor tells in it what it does, in words for the job's reader.
#[derive(Debug)]
pub struct SpinUpLog {
    file: Mutex<File>,
    begun: Instant,
}

impl SpinUpLog {
    fn create(own: &Path) -> io::Result<Self> {
        let path = own.join(log_file(StepKey::first(SPIN_UP_STEP)));
        Ok(Self { file: Mutex::new(append(&path)?), begun: Instant::now() })
    }

    /// Adds a line.
    pub fn line(&self, line: impl AsRef<str>) {
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Err(error) = file.write_all(format!("{}\n", line.as_ref()).as_bytes()) {
            tracing::warn!("Cannot write the log of a spin-up: {error}");
        }
    }

    /// Since the spin-up began.
    pub fn elapsed(&self) -> std::time::Duration {
        self.begun.elapsed()
    }
}

/// Writes the runner's own events: 1 and 2, and where there is no agent to do it, the end.
#[derive(Debug)]
pub(crate) struct OwnEvents {
    file: File,
    seq: u64,
}

impl OwnEvents {
    /// Begins the step.
    pub(crate) fn begin(own: &Path) -> io::Result<(Self, SpinUpLog)> {
        let mut events = Self { file: append(&own.join(EVENTS_FILE))?, seq: 0 };
        let log = SpinUpLog::create(own)?;
        events.write(TaskEventKind::StepStarted {
            key: StepKey::first(SPIN_UP_STEP),
            name: SPIN_UP_NAME.to_owned(),
            command: String::new(),
            background: false,
        })?;
        Ok((events, log))
    }

    /// Writes what a runner that was killed right after the agent had begun did not come to: then the step did succeed.
    /// `written` are the events that it had written.
    pub(crate) fn complete(own: &Path, written: usize) -> io::Result<()> {
        let mut events = match written {
            0 => Self::begin(own)?.0,
            1 => Self { file: append(&own.join(EVENTS_FILE))?, seq: 1 },
            _ => return Ok(()),
        };
        events.end_step(StepResult::SUCCESS)
    }

    /// Ends the step.
    pub(crate) fn end_step(&mut self, result: StepResult) -> io::Result<()> {
        self.write(TaskEventKind::StepEnded { key: StepKey::first(SPIN_UP_STEP), result })
    }

    /// Ends the task, when there never was an agent.
    pub(crate) fn end_task(&mut self, outcome: Outcome, reason: String) -> io::Result<()> {
        self.write(TaskEventKind::Ended { outcome, reason: Some(reason) })
    }

    fn write(&mut self, kind: TaskEventKind) -> io::Result<()> {
        self.seq += 1;
        let mut line = serde_json::to_vec(&TaskEvent { seq: self.seq, at: now(), kind })?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
