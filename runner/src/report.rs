//! Brings a task's events and logs to the server: resent until acknowledged, in order, each byte once.
//!
//! Two rules make what a reader sees whole: the bytes of a log follow the acknowledged start of their step, and the end of
//! a step follows the acknowledged last byte of its log. A step that is over before anything was told of it comes in one
//! report, with its log.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    job::Outcome,
    protocol::{EventReport, Progress, WholeLog},
};

use self::log::LogFollower;
use crate::{
    own::now,
    redact::Secrets,
    retry::until_answered,
    server::{Server, ServerError, TaskCredentials},
    spool::{self, LogReader},
};

mod log;

/// No report has more events.
const BATCH: usize = 200;
/// No report has more bytes of text, unless one event alone has.
const BATCH_BYTES: usize = 1 << 20;
/// A log of at most so many bytes comes along with the end of its step, if it was not followed by then.
const SHORT_LOG_BYTES: u64 = 16 << 10;
/// So many logs at most come along in one report.
const SHORT_LOGS: usize = 32;

/// The server and the right to speak to it about one task.
pub(crate) struct Link {
    pub(crate) server: Arc<dyn Server>,
    pub(crate) credentials: TaskCredentials,
    /// How many bytes of output of one attempt at a step are kept.
    pub(crate) log_limit_bytes: u64,
    /// Whether the server takes short logs along with events.
    pub(crate) takes_logs: bool,
}

/// Forwards one task.
pub(crate) struct Reporter {
    link: Arc<Link>,
    secrets: Arc<Secrets>,
    /// What the server had when this runner began, and the events that it has by now.
    progress: Progress,
    logs: BTreeMap<StepKey, LogFollower>,
    /// Steps that have begun and not ended.
    open: BTreeSet<StepKey>,
    last_seq: u64,
    /// Events that were taken and not told yet.
    batch: Vec<TaskEvent>,
    /// Logs that come along with them.
    whole: Vec<WholeLog>,
    /// Steps that begin with one of these, and the spool of their log.
    begun: BTreeMap<StepKey, PathBuf>,
}

impl Reporter {
    pub(crate) fn new(link: Arc<Link>, secrets: Arc<Secrets>, progress: Progress) -> Self {
        Self {
            link,
            secrets,
            progress,
            logs: BTreeMap::new(),
            open: BTreeSet::new(),
            last_seq: 0,
            batch: Vec::new(),
            whole: Vec::new(),
            begun: BTreeMap::new(),
        }
    }

    /// Steps that have begun and not ended.
    pub(crate) fn open_steps(&self) -> impl Iterator<Item = StepKey> {
        self.open.iter().copied()
    }

    /// Number of the last event that went through here.
    pub(crate) fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Ends the task at the server after the last event that it took, because it does not take what follows.
    ///
    /// # Errors
    /// Fails when it does not take this either.
    pub(crate) async fn end_at_once(&mut self, reason: String) -> Result<(), ServerError> {
        let kind = TaskEventKind::Ended { outcome: Outcome::InfrastructureFail, reason: Some(reason) };
        self.logs.clear();
        self.batch.clear();
        self.whole.clear();
        self.send(vec![TaskEvent { seq: self.progress.seq + 1, at: now(), kind }]).await
    }

    /// Takes events, and brings to the server what has to be there before them. The last of them wait for [`Self::flush`], so
    /// that what happens within a moment is told in one call.
    ///
    /// # Errors
    /// Fails when the server will never take them.
    pub(crate) async fn take(&mut self, spool: &Path, events: Vec<TaskEvent>) -> Result<(), ServerError> {
        for event in events {
            self.last_seq = event.seq;
            match &event.kind {
                TaskEventKind::StepStarted { key, .. } => {
                    self.open.insert(*key);
                    self.begun.insert(*key, spool.to_owned());
                }
                TaskEventKind::StepEnded { key, .. } => {
                    let key = *key;
                    self.open.remove(&key);
                    // What the server has of a step's end, it has of the log before it.
                    let known = event.seq <= self.progress.seq;
                    if known || self.begun.contains_key(&key) && self.take_along(spool, key) {
                        self.begun.remove(&key);
                    } else {
                        self.flush().await?;
                        self.drain(key).await?;
                    }
                }
                TaskEventKind::Ended { .. } => {
                    // Where no log is followed, nothing has to be there before.
                    if !self.begun.is_empty() || !self.logs.is_empty() {
                        self.flush().await?;
                    }
                    let rest: Vec<StepKey> = self.logs.keys().copied().collect();
                    for key in rest {
                        self.drain(key).await?;
                    }
                }
            }
            self.batch.push(event);
        }
        Ok(())
    }

    /// Takes the log of a step that has begun and ended since the last report along with it; `false` where that cannot be. The
    /// step's own processes may go on and print, but what comes after its end belongs to no step.
    fn take_along(&mut self, spool: &Path, key: StepKey) -> bool {
        let bytes = spool::log_bytes(spool, key);
        if bytes == 0 {
            return true;
        }
        let is_new = !self.progress.logs.contains_key(&key);
        if !self.link.takes_logs || !is_new || bytes > SHORT_LOG_BYTES || self.whole.len() >= SHORT_LOGS {
            return false;
        }
        let mut reader = LogReader::new(spool, key, self.link.log_limit_bytes, Arc::clone(&self.secrets));
        let Ok((mut log, true)) = reader.read() else { return false };
        log.extend(reader.finish());
        let Ok(text) = String::from_utf8(log) else { return false };
        self.whole.push(WholeLog { key, at: now(), text });
        true
    }

    /// Whether events wait to be told.
    pub(crate) fn holds(&self) -> bool {
        !self.batch.is_empty()
    }

    /// Tells the events that were taken, and follows the logs of the steps that they begin; returns when all of them are
    /// acknowledged.
    ///
    /// # Errors
    /// Fails when the server will never take them.
    pub(crate) async fn flush(&mut self) -> Result<(), ServerError> {
        let batch = std::mem::take(&mut self.batch);
        self.send(batch).await?;
        for (key, spool) in std::mem::take(&mut self.begun) {
            let have = self.progress.logs.get(&key).copied().unwrap_or(0);
            let follower = LogFollower::spawn(Arc::clone(&self.link), &spool, key, Arc::clone(&self.secrets), have);
            self.logs.insert(key, follower);
        }
        Ok(())
    }

    async fn drain(&mut self, key: StepKey) -> Result<(), ServerError> {
        match self.logs.remove(&key) {
            Some(follower) => follower.finish().await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, events: Vec<TaskEvent>) -> Result<(), ServerError> {
        let mut rest: Vec<TaskEvent> = events.into_iter().map(|event| masked(&self.secrets, event)).collect();
        let mut logs = std::mem::take(&mut self.whole);
        loop {
            rest.retain(|event| event.seq > self.progress.seq);
            let Some(first) = rest.first().map(|event| event.seq) else { return Ok(()) };
            let mut bytes = 0;
            let fits = |event: &&TaskEvent| {
                let before = bytes;
                bytes += text_bytes(event);
                before == 0 || bytes <= BATCH_BYTES
            };
            let events: Vec<TaskEvent> = rest.iter().take(BATCH).take_while(fits).cloned().collect();
            let with_these = logs.extract_if(.., |log| events.iter().any(|event| event.begins(log.key))).collect();
            let report = EventReport { events, logs: with_these };
            let Link { server, credentials, log_limit_bytes: _, takes_logs: _ } = &*self.link;
            let before = self.progress.seq;
            let ack = until_answered("report events", || server.report(credentials, &report)).await?;
            self.progress.seq = ack.seq;
            if ack.seq <= before || ack.seq + 1 < first {
                return Err(ServerError::Refused(format!(
                    "event {first} was reported, and the server has {} after it had {before}",
                    ack.seq
                )));
            }
        }
    }
}

/// What makes an event large.
fn text_bytes(event: &TaskEvent) -> usize {
    match &event.kind {
        TaskEventKind::StepStarted { name, command, .. } => name.len() + command.len(),
        TaskEventKind::StepEnded { .. } => 0,
        TaskEventKind::Ended { reason, .. } => reason.as_ref().map_or(0, String::len),
    }
}

/// Texts of an event may quote what a step printed.
fn masked(secrets: &Secrets, event: TaskEvent) -> TaskEvent {
    if secrets.is_empty() {
        return event;
    }
    let TaskEvent { seq, at, kind } = event;
    let kind = match kind {
        TaskEventKind::StepStarted { key, name, command, background } => {
            TaskEventKind::StepStarted { key, name: secrets.mask(&name), command: secrets.mask(&command), background }
        }
        TaskEventKind::StepEnded { key, result } => {
            let result = match result {
                StepResult::NotStarted { reason } => StepResult::NotStarted { reason: secrets.mask(&reason) },
                StepResult::Lost { reason } => StepResult::Lost { reason: secrets.mask(&reason) },
                plain @ (StepResult::Exit { .. }
                | StepResult::Signal { .. }
                | StepResult::TimedOut { .. }
                | StepResult::NoOutput { .. }
                | StepResult::Canceled) => plain,
            };
            TaskEventKind::StepEnded { key, result }
        }
        TaskEventKind::Ended { outcome, reason } => {
            TaskEventKind::Ended { outcome, reason: reason.map(|reason| secrets.mask(&reason)) }
        }
    };
    TaskEvent { seq, at, kind }
}
