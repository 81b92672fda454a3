//! A server in memory, as strict as the protocol allows a server to be.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    id::TaskId,
    job::Outcome,
    protocol::{Assignment, ClaimRequest, EventAck, EventReport, LogAck, Progress, Renewal, Unclaim, WholeLog},
};
use runner::{LogChunk, Server, ServerError, TaskCredentials};
use tokio::sync::watch;

/// What the server has of one task.
#[derive(Clone, Debug)]
pub struct Record {
    pub assignment: Assignment,
    pub events: Vec<TaskEvent>,
    pub logs: BTreeMap<StepKey, Vec<u8>>,
    pub unclaimed: Option<String>,
    fenced: bool,
    cancel: bool,
}

impl Record {
    /// How the task ended.
    pub fn end(&self) -> Option<(Outcome, Option<&str>)> {
        self.events.iter().find_map(|event| match &event.kind {
            TaskEventKind::Ended { outcome, reason } => Some((*outcome, reason.as_deref())),
            TaskEventKind::StepStarted { .. } | TaskEventKind::StepEnded { .. } => None,
        })
    }

    /// How a step's first attempt ended.
    pub fn result(&self, step: u32) -> Option<&StepResult> {
        self.events.iter().find_map(|event| match &event.kind {
            TaskEventKind::StepEnded { key, result } if *key == StepKey::first(step) => Some(result),
            TaskEventKind::StepEnded { .. } | TaskEventKind::StepStarted { .. } | TaskEventKind::Ended { .. } => None,
        })
    }

    /// The log of a step's first attempt.
    pub fn log(&self, step: u32) -> String {
        String::from_utf8(self.logs.get(&StepKey::first(step)).cloned().unwrap_or_default()).unwrap()
    }
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Assignment>,
    tasks: BTreeMap<TaskId, Record>,
    /// So many calls of each kind fail before one works.
    flaky: u32,
    failures: BTreeMap<(&'static str, u64), u32>,
    /// The answer to every other call is lost after the call was obeyed.
    loses_answers: Option<bool>,
    silent: bool,
}

/// The server.
#[derive(Debug)]
pub struct FakeServer {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl FakeServer {
    pub fn new() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// Queues a task.
    pub fn queue(&self, assignment: Assignment) -> TaskId {
        let task = assignment.task;
        self.change(|state| state.queue.push_back(assignment));
        task
    }

    /// Every new thing is refused this many times before it is taken.
    pub fn is_flaky(&self, failures: u32) {
        self.change(|state| state.flaky = failures);
    }

    /// The answer to every other call is lost, after the call was obeyed.
    pub fn loses_answers(&self) {
        self.change(|state| state.loses_answers = Some(false));
    }

    /// Keeps only so many bytes of a log, as a disk may.
    pub fn loses_bytes(&self, task: TaskId, key: StepKey, kept: usize) {
        self.change(|state| state.tasks.get_mut(&task).unwrap().logs.get_mut(&key).unwrap().truncate(kept));
    }

    /// From now on there is no answer to anything.
    pub fn falls_silent(&self) {
        self.change(|state| state.silent = true);
    }

    /// Answers again.
    pub fn speaks(&self) {
        self.change(|state| state.silent = false);
    }

    /// Tells the runner to cancel, at the next renewal.
    pub fn cancel(&self, task: TaskId) {
        self.change(|state| state.tasks.get_mut(&task).unwrap().cancel = true);
    }

    /// Gives the task to somebody else.
    pub fn fence(&self, task: TaskId) {
        self.change(|state| state.tasks.get_mut(&task).unwrap().fenced = true);
    }

    /// What is there of a task now.
    pub fn record(&self, task: TaskId) -> Record {
        self.state.lock().unwrap().tasks[&task].clone()
    }

    /// Waits until something holds of a task.
    pub async fn until(&self, task: TaskId, holds: impl Fn(&Record) -> bool) -> Record {
        let mut changes = self.changes.subscribe();
        loop {
            if let Some(record) = self.state.lock().unwrap().tasks.get(&task).filter(|record| holds(record)) {
                return record.clone();
            }
            changes.changed().await.unwrap();
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    fn call<T>(
        &self,
        name: &'static str,
        mark: u64,
        task: TaskId,
        act: impl FnOnce(&mut Record) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        self.change(|state| {
            state.trouble(name, mark)?;
            let record = state.tasks.get_mut(&task).ok_or(ServerError::Fenced)?;
            if record.fenced || record.unclaimed.is_some() {
                return Err(ServerError::Fenced);
            }
            let answer = act(record)?;
            match &mut state.loses_answers {
                None | Some(false) => {
                    state.loses_answers = state.loses_answers.map(|_| true);
                    Ok(answer)
                }
                Some(loses) => {
                    *loses = false;
                    Err(ServerError::Unavailable("the answer was lost".to_owned()))
                }
            }
        })
    }
}

impl State {
    fn trouble(&mut self, name: &'static str, mark: u64) -> Result<(), ServerError> {
        let failures = self.failures.entry((name, mark)).or_default();
        *failures += 1;
        if self.silent || *failures <= self.flaky {
            return Err(ServerError::Unavailable("the cable is out".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Server for FakeServer {
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Assignment>, ServerError> {
        let mut changes = self.changes.subscribe();
        loop {
            let claimed = self.change(|state| {
                state.trouble("claim", 0)?;
                Ok(state.queue.pop_front().inspect(|assignment| {
                    let record = Record {
                        assignment: assignment.clone(),
                        events: Vec::new(),
                        logs: BTreeMap::new(),
                        unclaimed: None,
                        fenced: false,
                        cancel: false,
                    };
                    state.tasks.insert(assignment.task, record);
                }))
            })?;
            changes.mark_unchanged();
            if claimed.is_some() || request.wait_ms == 0 {
                return Ok(claimed);
            }
            changes.changed().await.unwrap();
        }
    }

    async fn get(&self, task: &TaskCredentials) -> Result<Assignment, ServerError> {
        self.call("get", 0, task.task, |record| {
            let logs = record.logs.iter().map(|(key, bytes)| (*key, bytes.len() as u64)).collect();
            let progress = Progress { seq: record.events.len() as u64, logs };
            Ok(Assignment { progress, ..record.assignment.clone() })
        })
    }

    async fn renew(&self, task: &TaskCredentials) -> Result<Renewal, ServerError> {
        self.call("renew", 0, task.task, |record| {
            Ok(Renewal {
                lease_ms: record.assignment.lease_ms,
                fence_ms: record.assignment.fence_ms,
                cancel: record.cancel,
            })
        })
    }

    async fn report(&self, task: &TaskCredentials, report: &EventReport) -> Result<EventAck, ServerError> {
        let last = report.events.last().map_or(0, |event| event.seq);
        self.call("report", last, task.task, |record| {
            for WholeLog { key, at: _, text } in &report.logs {
                if !report.events.iter().any(|event| event.begins(*key)) {
                    return Err(ServerError::Refused(format!(
                        "the step {key} does not begin here, so its log is no whole"
                    )));
                }
                record.logs.insert(*key, text.clone().into_bytes());
            }
            for event in &report.events {
                let have = record.events.len() as u64;
                if event.seq <= have {
                    continue;
                }
                if event.seq != have + 1 || record.end().is_some() {
                    return Err(ServerError::Refused(format!("event {} after {have}", event.seq)));
                }
                record.events.push(event.clone());
            }
            Ok(EventAck { seq: record.events.len() as u64 })
        })
    }

    async fn append_log(&self, task: &TaskCredentials, chunk: &LogChunk) -> Result<LogAck, ServerError> {
        self.call("log", chunk.offset, task.task, |record| {
            let begun = record
                .events
                .iter()
                .any(|event| matches!(&event.kind, TaskEventKind::StepStarted { key, .. } if *key == chunk.key));
            if !begun || record.result(chunk.key.step).is_some() && chunk.key.attempt == 0 {
                return Err(ServerError::Refused(format!("the step {} does not run", chunk.key)));
            }
            let log = record.logs.entry(chunk.key).or_default();
            if chunk.offset == log.len() as u64 {
                log.extend_from_slice(&chunk.bytes);
            }
            Ok(LogAck { have: log.len() as u64 })
        })
    }

    async fn unclaim(&self, task: &TaskCredentials, unclaim: &Unclaim) -> Result<(), ServerError> {
        self.call("unclaim", 0, task.task, |record| {
            record.unclaimed = Some(unclaim.reason.clone());
            Ok(())
        })
    }
}
