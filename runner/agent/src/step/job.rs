//! A job: its steps in order, until it is over.

use std::{io, time::Duration};

use model::{
    agent::{AgentTask, FORWARD_SOCKET},
    event::{StepKey, StepResult, TaskEventKind, duration},
    job::Outcome,
    plan::{Step, StepKind},
};

use super::{attempt::Attempt, background::Background, reason};
use crate::{
    environment::{HALT_FILE, JobEnvironment},
    forward,
    memory::OutOfMemory,
    shell::Shell,
    spool::Spool,
    supervise::{self, Interrupt, Pump, Scope, Supervisor},
};

/// A task that is being run.
pub struct Job {
    pub(super) task: AgentTask,
    pub(super) environment: Result<JobEnvironment, String>,
    pub(super) spool: Spool,
    pub(super) supervisor: Supervisor,
    pub(super) pump: Pump,
    pub(super) memory: OutOfMemory,
    pub(super) background: Vec<Background>,
    /// Why the forge cannot be reached, where the runner forwards its port.
    pub(super) forward: Result<(), String>,
    /// The shell of steps that name none; found with the first of them.
    pub(super) default_shell: Option<Result<Shell, String>>,
}

impl Job {
    /// Prepares everything.
    ///
    /// # Errors
    /// The system has no room for the agent's threads.
    pub fn start(task: AgentTask, spool: Spool) -> io::Result<Self> {
        let supervisor = Supervisor::start(Duration::from_millis(task.time_limit_ms))?;
        let environment = JobEnvironment::new(std::env::vars_os().collect(), &task, spool.directory());
        let forward = match task.forward_port {
            Some(port) => forward::start(port, &spool.directory().join(FORWARD_SOCKET)).map_err(|error| {
                format!("the repository cannot be reached: port {port} is not free in the job's network ({error})")
            }),
            None => Ok(()),
        };
        Ok(Self {
            task,
            environment,
            spool,
            supervisor,
            pump: Pump::start()?,
            memory: OutOfMemory::watch(),
            background: Vec::new(),
            forward,
            default_shell: None,
        })
    }

    /// Runs the steps, and tells how it ended.
    pub fn run(mut self) {
        let steps = std::mem::take(&mut self.task.steps);
        let ended = self.run_steps(&steps);
        let interrupt = ended.as_ref().err().copied();
        let (outcome, reason) = match ended {
            Ok(None) => (Outcome::Success, None),
            Ok(Some(reason)) => (Outcome::Failed, Some(reason)),
            Err(Interrupt::Cancel) => (Outcome::Canceled, Some("the job was canceled".to_owned())),
            Err(Interrupt::TimeLimit) => {
                let limit = duration(self.task.time_limit_ms);
                (Outcome::TimedOut, Some(format!("the job ran longer than its limit of {limit}")))
            }
        };
        self.end_background(interrupt);
        if !supervise::is_init() {
            // A container takes what is left with it; on a host nobody else would.
            self.supervisor.stop(&Scope::All);
        }
        drop(self.environment);
        self.spool.end(TaskEventKind::Ended { outcome, reason });
    }

    /// `Some`: the sentence of the first failure.
    fn run_steps(&mut self, steps: &[Step]) -> Result<Option<String>, Interrupt> {
        let mut failure = None;
        for (step, index) in steps.iter().zip(1..) {
            if self.is_halted() {
                break;
            }
            if !step.when.holds(failure.is_some()) {
                continue;
            }
            let result = self.run_step(step, StepKey::first(index))?;
            if let Some(sentence) = reason::of_failure(step, &result) {
                failure.get_or_insert(sentence);
            }
        }
        // A background step may have been all there was to wait for; whatever was told meanwhile counts.
        match self.supervisor.interrupted() {
            Some(interrupt) => Err(interrupt),
            None => Ok(failure),
        }
    }

    fn run_step(&mut self, step: &Step, key: StepKey) -> Result<StepResult, Interrupt> {
        match &step.kind {
            StepKind::Run(run) => self.run_command(step, run, key),
            StepKind::Checkout(checkout) => {
                self.attempt(Attempt::of(step, key), |job, output| job.check_out(checkout, output))
            }
            StepKind::SaveCache(save) => {
                self.attempt(Attempt::of(step, key), |job, output| job.save_cache(save, output))
            }
            StepKind::RestoreCache(restore) => {
                self.attempt(Attempt::of(step, key), |job, output| job.restore_cache(restore, output))
            }
            StepKind::PersistToWorkspace(persist) => {
                self.attempt(Attempt::of(step, key), |job, output| job.persist_to_workspace(persist, output))
            }
            StepKind::AttachWorkspace(attach) => {
                self.attempt(Attempt::of(step, key), |job, output| job.attach_workspace(attach, output))
            }
            StepKind::StoreArtifacts(store) => {
                self.attempt(Attempt::of(step, key), |job, output| job.store_artifacts(store, output))
            }
            StepKind::StoreTestResults(store) => {
                self.attempt(Attempt::of(step, key), |job, output| job.store_test_results(store, output))
            }
            StepKind::SetupRemoteDocker(_) => self.unbuilt(step, key, "setup_remote_docker"),
            StepKind::AddSshKeys(_) => self.unbuilt(step, key, "add_ssh_keys"),
        }
    }

    fn is_halted(&self) -> bool {
        self.environment.is_ok() && self.spool.directory().join(HALT_FILE).exists()
    }
}
