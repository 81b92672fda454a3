//! A job: its steps in order, until it is over.

use std::{
    io,
    process::{Command, Stdio},
    time::Duration,
};

use model::{
    agent::{AgentTask, ImageProgram, forward_socket},
    event::{StepKey, StepResult, TaskEventKind, duration},
    job::Outcome,
    plan::{Step, StepKind},
};

use super::{attempt::Attempt, background::Background, reason, ssh::SshFiles};
use crate::{
    disk,
    environment::{HALT_FILE, JobEnvironment},
    os::{self, OutOfMemory, Scope, forward},
    shell::Shell,
    spool::Spool,
    supervise::{Interrupt, Pump, Supervisor},
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
    /// Why the forge or the server cannot be reached, where the runner forwards their ports.
    pub(super) forward: Result<(), String>,
    /// Why the image's own program does not run, where it should.
    pub(super) image_program: Result<(), String>,
    /// What is in `~/.ssh` for the time of the job.
    pub(super) ssh_files: SshFiles,
    /// The shell of steps that name none; found with the first of them.
    pub(super) default_shell: Option<Result<Shell, String>>,
}

impl Job {
    /// Prepares everything.
    ///
    /// # Errors
    /// The system has no room for the agent's threads.
    pub fn start(task: AgentTask, spool: Spool) -> io::Result<Self> {
        let mut supervisor = Supervisor::start(Duration::from_millis(task.time_limit_ms), spool.directory())?;
        let environment = JobEnvironment::new(std::env::vars_os().collect(), &task, spool.directory());
        let forward = task.forward_ports.iter().try_for_each(|port| {
            forward::start(*port, &spool.directory().join(forward_socket(*port))).map_err(|error| {
                format!("the repository cannot be reached: port {port} is not free in the job's network ({error})")
            })
        });
        let image_program =
            task.image_program.as_ref().map_or(Ok(()), |program| start_program(program, &mut supervisor));
        Ok(Self {
            task,
            environment,
            spool,
            supervisor,
            pump: Pump::start()?,
            memory: OutOfMemory::watch(),
            background: Vec::new(),
            forward,
            image_program,
            ssh_files: SshFiles::default(),
            default_shell: None,
        })
    }

    /// Runs the steps, and tells how it ended. Returns whether no process of the job is left, as far as the agent can know.
    pub fn run(mut self) -> bool {
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
        // A container takes what is left with it; on a host nobody else would.
        let is_clean = os::is_init() || self.supervisor.stop(&Scope::All);
        drop(self.ssh_files);
        drop(self.environment);
        self.spool.end(TaskEventKind::Ended { outcome, reason }, |time| self.supervisor.is_dismissed(time));
        is_clean
    }

    /// `Some`: the sentence of the first failure.
    fn run_steps(&mut self, steps: &[Step]) -> Result<Option<String>, Interrupt> {
        if let Err(reason) = &self.image_program {
            return Ok(Some(reason.clone()));
        }
        if let Some(reason) = self.await_machine()? {
            return Ok(Some(reason));
        }
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
                failure.get_or_insert_with(|| match self.circumstance(&result) {
                    Some(circumstance) => format!("{sentence} ({circumstance})"),
                    None => sentence,
                });
            }
        }
        // A background step may have been all there was to wait for; whatever was told meanwhile counts.
        match self.supervisor.interrupted() {
            Some(interrupt) => Err(interrupt),
            None => Ok(failure),
        }
    }

    /// What may have to do with a failure: how much memory there is, or that a disk is full.
    fn circumstance(&self, result: &StepResult) -> Option<String> {
        match result {
            StepResult::Signal { out_of_memory: true, .. } => self.memory.usage(),
            StepResult::Exit { .. } | StepResult::Signal { .. } | StepResult::NotStarted { .. } => {
                let environment = self.environment.as_ref().ok()?;
                disk::shortage([environment.working_directory(), environment.home(), &std::env::temp_dir()])
            }
            StepResult::TimedOut { .. }
            | StepResult::NoOutput { .. }
            | StepResult::Canceled
            | StepResult::Lost { .. } => None,
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
            StepKind::SetupRemoteDocker(setup) => {
                self.attempt(Attempt::of(step, key), |job, output| job.setup_remote_docker(setup, output))
            }
            StepKind::AddSshKeys(add) => {
                self.attempt(Attempt::of(step, key), |job, output| Ok(job.add_ssh_keys(add, output)))
            }
        }
    }

    fn is_halted(&self) -> bool {
        self.environment.is_ok() && self.spool.directory().join(HALT_FILE).exists()
    }
}

/// Starts the image's own program beside the steps. What it prints goes to the container's own output.
fn start_program(program: &ImageProgram, supervisor: &mut Supervisor) -> Result<(), String> {
    let ImageProgram { command: line, working_directory } = program;
    let (name, arguments) = line.split_first().ok_or("the image's own program has no name")?;
    let mut command = Command::new(name);
    command.args(arguments).current_dir(working_directory.as_deref().unwrap_or(os::files::ROOT)).stdin(Stdio::null());
    match supervisor.spawn(&mut command) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the image's own program `{name}` cannot be started: {error}")),
    }
}
