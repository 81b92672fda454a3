//! The script, and the executor that follows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::watch;

use super::play::Play;
use crate::{
    directory::{TaskDirectory, TaskKey},
    executor::{EnvironmentEnd, Executor, SpinUpError, TaskSpec},
    own::SpinUpLog,
};

/// What the jobs of one name do.
#[derive(Clone, Debug, Default)]
pub(super) struct JobScript {
    /// Exit code of the last step.
    pub(super) code: Option<i32>,
    /// Exit codes of steps by name.
    pub(super) steps: BTreeMap<String, i32>,
    /// Output of steps by name.
    pub(super) prints: BTreeMap<String, String>,
    pub(super) vanishes: bool,
    held: bool,
    refusal: Option<SpinUpError>,
}

#[derive(Debug)]
enum Environment {
    Held { job: String, play: Play },
    Ended(EnvironmentEnd),
}

#[derive(Debug, Default)]
struct State {
    scripts: BTreeMap<String, JobScript>,
    environments: BTreeMap<TaskKey, Environment>,
    starts: Vec<String>,
}

impl State {
    fn is_held(&self, job: &str) -> bool {
        self.environments.values().any(|environment| match environment {
            Environment::Held { job: of, .. } => of == job,
            Environment::Ended(_) => false,
        })
    }
}

/// Runs jobs by script. Jobs and steps are named as in the configuration.
#[derive(Debug)]
pub struct DummyExecutor {
    state: Mutex<State>,
    /// Changes with every change of an environment.
    changes: watch::Sender<u64>,
}

impl Default for DummyExecutor {
    fn default() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(0) }
    }
}

impl DummyExecutor {
    /// Every step of every job succeeds.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last step of the job exits with `code`.
    pub fn exits(&self, job: &str, code: i32) {
        self.script(job, |script| script.code = Some(code));
    }

    /// A step of the job exits with `code`.
    pub fn step_exits(&self, job: &str, step: &str, code: i32) {
        self.script(job, |script| {
            script.steps.insert(step.to_owned(), code);
        });
    }

    /// A step of the job prints `text`.
    pub fn prints(&self, job: &str, step: &str, text: &str) {
        self.script(job, |script| {
            script.prints.insert(step.to_owned(), text.to_owned());
        });
    }

    /// The job's environment disappears during its last step, and nobody tells the job's end.
    pub fn vanishes(&self, job: &str) {
        self.script(job, |script| script.vanishes = true);
    }

    /// There is no environment for the job.
    pub fn refuses(&self, job: &str, error: SpinUpError) {
        self.script(job, |script| script.refusal = Some(error));
    }

    /// The job begins its first step and stays there, until it is released or cancelled.
    pub fn holds(&self, job: &str) {
        self.script(job, |script| script.held = true);
    }

    /// Lets held tasks of the job go on, and later ones not stop.
    pub fn releases(&self, job: &str) {
        self.script(job, |script| script.held = false);
        self.end_held(|of| of == job, |play| play.play(true));
    }

    /// Forgets what the script says of a job.
    pub fn forgets(&self, job: &str) {
        self.state().scripts.remove(job);
    }

    /// Waits until a task of the job is held.
    pub async fn held(&self, job: &str) {
        self.until(|state| state.is_held(job)).await;
    }

    /// Waits until no task of the job is held any more: released, cancelled, killed.
    pub async fn not_held(&self, job: &str) {
        self.until(|state| !state.is_held(job)).await;
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        let mut changes = self.changes.subscribe();
        while !holds(&self.state()) {
            // The sender lives as long as `self`.
            let _ = changes.changed().await;
        }
    }

    /// The jobs that were started, in order: one entry for each start.
    pub fn starts(&self) -> Vec<String> {
        self.state().starts.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn script(&self, job: &str, change: impl FnOnce(&mut JobScript)) {
        change(self.state().scripts.entry(job.to_owned()).or_default());
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Brings held tasks to their end, by what `act` tells of them.
    fn end_held(&self, which: impl Fn(&str) -> bool, act: impl Fn(&mut Play) -> io::Result<bool>) {
        for environment in self.state().environments.values_mut() {
            if let Environment::Held { job, play } = environment
                && which(job)
            {
                *environment = Environment::Ended(end(act(play)));
            }
        }
        self.changed();
    }
}

/// How an environment is found whose agent has told its end, or has not.
fn end(told: io::Result<bool>) -> EnvironmentEnd {
    match told {
        Ok(true) => EnvironmentEnd::Exited { code: Some(0), out_of_memory: None, last_words: String::new() },
        Ok(false) => EnvironmentEnd::Gone,
        Err(error) => {
            EnvironmentEnd::Exited { code: Some(1), out_of_memory: None, last_words: format!("cannot tell: {error}") }
        }
    }
}

#[async_trait]
impl Executor for DummyExecutor {
    async fn start(&self, spec: &TaskSpec<'_>, log: &SpinUpLog) -> Result<(), SpinUpError> {
        let job = spec.assignment.job.clone();
        let mut state = self.state();
        state.starts.push(job.clone());
        let script = state.scripts.get(&job).cloned().unwrap_or_default();
        if let Some(error) = script.refusal {
            return Err(error);
        }
        log.line("Dummy environment");
        let held = script.held;
        let mut play = Play::new(spec.directory.spool(), spec.task.clone(), script);
        let environment = if held {
            play.begin().map_err(|error| SpinUpError::infrastructure(format!("cannot write the spool: {error}")))?;
            Environment::Held { job, play }
        } else {
            Environment::Ended(end(play.play(false)))
        };
        state.environments.insert(spec.directory.key(), environment);
        drop(state);
        self.changed();
        Ok(())
    }

    async fn wait(&self, directory: &TaskDirectory) -> EnvironmentEnd {
        let mut changes = self.changes.subscribe();
        loop {
            match self.state().environments.get(&directory.key()) {
                None => return EnvironmentEnd::Gone,
                Some(Environment::Ended(end)) => return end.clone(),
                Some(Environment::Held { .. }) => {}
            }
            // The sender lives as long as `self`.
            let _ = changes.changed().await;
        }
    }

    async fn cancel(&self, directory: &TaskDirectory) {
        if let Some(environment @ Environment::Held { .. }) = self.state().environments.get_mut(&directory.key())
            && let Environment::Held { play, .. } = environment
        {
            *environment = Environment::Ended(end(play.cancel().map(|()| true)));
        }
        self.changed();
    }

    async fn kill(&self, directory: &TaskDirectory) {
        if let Some(environment @ Environment::Held { .. }) = self.state().environments.get_mut(&directory.key()) {
            *environment = Environment::Ended(EnvironmentEnd::Exited {
                code: Some(137),
                out_of_memory: None,
                last_words: String::new(),
            });
        }
        self.changed();
    }

    async fn remarks(&self, _: &TaskDirectory) -> Vec<String> {
        Vec::new()
    }

    async fn remove(&self, directory: &TaskDirectory) -> anyhow::Result<()> {
        self.state().environments.remove(&directory.key());
        self.changed();
        Ok(())
    }

    async fn sweep(&self, keep: &BTreeSet<TaskKey>) -> anyhow::Result<()> {
        self.state().environments.retain(|key, _| keep.contains(key));
        self.changed();
        Ok(())
    }
}
