//! One attempt at a step: its events, its log, and the processes in it.

use std::{
    io,
    process::Command,
    time::{Duration, Instant},
};

use model::{
    event::{StepKey, StepResult, TaskEventKind},
    plan::Step,
};

use super::job::Job;
use crate::{
    os::{Pid, Scope, Status},
    supervise::{Happening, Interrupt, StepOutput},
};

/// Names and commands are told for people; nobody reads more of one, and events have to stay small.
const SHOWN_BYTES: usize = 64 << 10;

/// What a shell returns for a command that SIGKILL ended.
const KILLED_EXIT: i32 = 137;

/// SIGKILL's number.
const KILL: i32 = 9;

/// What is told when an attempt begins.
pub struct Attempt {
    pub key: StepKey,
    pub name: String,
    pub command: String,
    pub background: bool,
}

impl Attempt {
    /// A step without a command.
    pub fn of(step: &Step, key: StepKey) -> Self {
        Self { key, name: step.name.clone(), command: String::new(), background: false }
    }
}

/// How a process in a step ended.
pub enum Executed {
    /// By itself, or by a signal.
    Exited(Status),
    /// It was ended, because it printed nothing for too long.
    Silent,
    /// It never began.
    NotStarted(io::Error),
}

impl Job {
    /// Tells that a step begins, has `body` do it, and tells how it ended. An interrupt ends everything that runs first.
    pub(super) fn attempt(
        &mut self,
        attempt: Attempt,
        body: impl FnOnce(&mut Self, &StepOutput) -> Result<StepResult, Interrupt>,
    ) -> Result<StepResult, Interrupt> {
        let key = attempt.key;
        let output = match self.begin(attempt) {
            Ok(output) => output,
            Err(result) => return Ok(result),
        };
        let ended = body(self, &output);
        let result = match &ended {
            Ok(result) => result.clone(),
            Err(interrupt) => {
                self.supervisor.stop(&Scope::All);
                self.interrupted(*interrupt)
            }
        };
        output.close();
        self.spool.tell(TaskEventKind::StepEnded { key, result });
        ended
    }

    /// Tells that a step begins, and opens its log.
    ///
    /// # Errors
    /// There is no pipe to be had; the step has been told as not started.
    pub(super) fn begin(&mut self, attempt: Attempt) -> Result<StepOutput, StepResult> {
        let Attempt { key, name, command, background } = attempt;
        let log = self.spool.log(key);
        let (name, command) = (shown(name), shown(command));
        self.spool.tell(TaskEventKind::StepStarted { key, name, command, background });
        StepOutput::new(log, &self.pump).map_err(|error| {
            let result = StepResult::NotStarted {
                reason: format!("the system has no pipe left for the step's output: {error}"),
            };
            self.spool.tell(TaskEventKind::StepEnded { key, result: result.clone() });
            result
        })
    }

    /// The result of a step that runs when the task must stop.
    pub(super) fn interrupted(&self, interrupt: Interrupt) -> StepResult {
        match interrupt {
            Interrupt::Cancel => StepResult::Canceled,
            Interrupt::TimeLimit => StepResult::TimedOut { limit_ms: self.task.time_limit_ms },
        }
    }

    /// Runs one process to its end, with its output in the step's log.
    pub(super) fn execute(
        &mut self,
        command: &mut Command,
        output: &StepOutput,
        no_output_timeout_ms: u64,
    ) -> Result<Executed, Interrupt> {
        let began = Instant::now();
        let started = output.connect(command).and_then(|()| self.supervisor.spawn(command));
        let process = match started {
            Ok(process) => process,
            Err(error) => return Ok(Executed::NotStarted(error)),
        };
        let limit = Duration::from_millis(no_output_timeout_ms);
        loop {
            let due = output.output().last().max(began).checked_add(limit);
            match self.supervisor.next(due) {
                Happening::Exited(pid, status) if pid == process => return Ok(Executed::Exited(status)),
                Happening::Exited(pid, status) => self.background_exited(pid, status),
                Happening::Interrupted(interrupt) => return Err(interrupt),
                Happening::Due => {
                    // What waits in the pipe was printed too, even if the pump has not come to it.
                    output.drain();
                    if output.output().last().max(began) + limit <= Instant::now() {
                        self.supervisor.stop(&Scope::Of(vec![process]));
                        return Ok(Executed::Silent);
                    }
                }
            }
        }
    }

    /// Waits, unless the task must stop.
    pub(super) fn pause(&mut self, pause: Duration) -> Result<(), Interrupt> {
        let due = Instant::now().checked_add(pause);
        loop {
            match self.supervisor.next(due) {
                Happening::Exited(pid, status) => self.background_exited(pid, status),
                Happening::Interrupted(interrupt) => return Err(interrupt),
                Happening::Due => return Ok(()),
            }
        }
    }

    /// A process's end as the result of its step.
    pub(super) fn result_of(&mut self, status: Status) -> StepResult {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(KILLED_EXIT), _) if self.memory.happened() => {
                StepResult::Signal { signal: KILL, out_of_memory: true }
            }
            (Some(code), _) => StepResult::Exit { code },
            (None, Some(signal)) => {
                StepResult::Signal { signal, out_of_memory: signal == KILL && self.memory.happened() }
            }
            (None, None) => StepResult::Lost { reason: "its end could not be read from the system".to_owned() },
        }
    }

    /// Forgets what memory ran out before: it has nothing to do with what comes.
    pub(super) fn reset_memory(&mut self) {
        self.memory.happened();
    }

    /// Ends the trees of these processes.
    pub(super) fn stop(&mut self, processes: Vec<Pid>) {
        if !processes.is_empty() {
            self.supervisor.stop(&Scope::Of(processes));
        }
    }
}

fn shown(text: String) -> String {
    match text.get(..text.floor_char_boundary(SHOWN_BYTES)) {
        Some(begin) if begin.len() < text.len() => format!("{begin}…"),
        Some(_) | None => text,
    }
}
