//! Plays a task agent: what a job of a script tells.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use model::{
    agent::{AgentTask, EVENTS_FILE, log_file},
    event::{FIRST_AGENT_SEQ, StepKey, StepResult, TaskEvent, TaskEventKind},
    job::Outcome,
    plan::{Step, StepKind},
};

use super::script::JobScript;
use crate::own::now;

/// A job that has begun and not told its end.
#[derive(Debug)]
pub(super) struct Play {
    spool: PathBuf,
    steps: Vec<Step>,
    script: JobScript,
    seq: u64,
}

impl Play {
    pub(super) fn new(spool: PathBuf, task: AgentTask, script: JobScript) -> Self {
        Self { spool, steps: task.steps, script, seq: FIRST_AGENT_SEQ }
    }

    /// Begins the first step, and stays there.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        match self.steps.first() {
            Some(step) => {
                let started = started(1, step);
                self.tell(started)
            }
            None => Ok(()),
        }
    }

    /// Tells everything from the first step on; `begun` when that has begun already. `false` when the job vanishes.
    pub(super) fn play(&mut self, begun: bool) -> io::Result<bool> {
        let steps = std::mem::take(&mut self.steps);
        let last = steps.len().saturating_sub(1);
        let mut failure: Option<String> = None;
        for (index, (number, step)) in (1..).zip(&steps).enumerate() {
            if !step.when.holds(failure.is_some()) {
                continue;
            }
            let key = StepKey::first(number);
            if !(begun && index == 0) {
                self.tell(started(number, step))?;
            }
            if let Some(text) = self.script.prints.get(&step.name) {
                append(&self.spool.join(log_file(key)), text.as_bytes())?;
            }
            if self.script.vanishes && index == last {
                return Ok(false);
            }
            let of_step = self.script.steps.get(&step.name).copied();
            let code = of_step.or(self.script.code.filter(|_| index == last)).unwrap_or(0);
            let result = StepResult::Exit { code };
            if let Some(sentence) = result.sentence() {
                failure.get_or_insert_with(|| format!("step `{}` {sentence}", step.name));
            }
            self.tell(TaskEventKind::StepEnded { key, result })?;
        }
        if self.script.vanishes {
            return Ok(false);
        }
        let outcome = if failure.is_some() { Outcome::Failed } else { Outcome::Success };
        self.tell(TaskEventKind::Ended { outcome, reason: failure })?;
        Ok(true)
    }

    /// Tells that the step that had begun was cancelled, and with it the job.
    pub(super) fn cancel(&mut self) -> io::Result<()> {
        if !self.steps.is_empty() {
            self.tell(TaskEventKind::StepEnded { key: StepKey::first(1), result: StepResult::Canceled })?;
        }
        self.tell(TaskEventKind::Ended { outcome: Outcome::Canceled, reason: Some("canceled".to_owned()) })
    }

    fn tell(&mut self, kind: TaskEventKind) -> io::Result<()> {
        let mut line = serde_json::to_vec(&TaskEvent { seq: self.seq, at: now(), kind })?;
        line.push(b'\n');
        self.seq += 1;
        append(&self.spool.join(EVENTS_FILE), &line)
    }
}

fn started(number: u32, step: &Step) -> TaskEventKind {
    let (command, background) = match &step.kind {
        StepKind::Run(run) => (run.command.clone(), run.background),
        StepKind::Checkout(_)
        | StepKind::SetupRemoteDocker(_)
        | StepKind::SaveCache(_)
        | StepKind::RestoreCache(_)
        | StepKind::PersistToWorkspace(_)
        | StepKind::AttachWorkspace(_)
        | StepKind::StoreArtifacts(_)
        | StepKind::StoreTestResults(_)
        | StepKind::AddSshKeys(_) => (String::new(), false),
    };
    TaskEventKind::StepStarted { key: StepKey::first(number), name: step.name.clone(), command, background }
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(bytes)
}
