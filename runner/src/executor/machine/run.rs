//! The life of a task on the host.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use model::{plan, protocol::CheckoutSource};
use tokio::{sync::watch, time::timeout};
use tracing::warn;

use crate::{
    agent_file::{agent_file, command_directory},
    directory::{TaskDirectory, TaskKey},
    executor::{EnvironmentEnd, Executor, SpinUpError, TaskSpec},
    os::{self, INHERITED, IS_AGENT_SURE, Process, files, oldest, tree},
    own::SpinUpLog,
    settings::RunnerSettings,
};

/// Variable that every process of a job inherits, by which those are found that have left its process tree.
const MARK: &str = "ROUNDHOUSE_TASK_ID";
/// How often it is looked whether the agent has ended. The spool tells it sooner; this is for the case that it does not.
const LOOK: Duration = Duration::from_millis(100);
/// Killing is repeated after these pauses: a process may fork while its relatives are being counted, and takes a moment to go.
const PAUSES_MS: [u64; 24] = [1, 1, 2, 2, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5];

/// So long an agent that was dismissed has to go by itself.
const DISMISSAL: Duration = Duration::from_secs(1);

/// Runs jobs on the runner's own host.
#[derive(Debug)]
pub struct MachineExecutor {
    agent: PathBuf,
    /// Where jobs find the `circleci` command.
    commands: PathBuf,
    /// Who runs: one file for each task, so that a process is found even when its task's directory is lost.
    records: PathBuf,
    /// The agents that this process has started itself.
    children: Mutex<HashMap<TaskKey, Child>>,
}

/// An agent whose end this process is told.
#[derive(Clone, Debug)]
struct Child {
    process: Process,
    /// `None` while it runs.
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Child {
    async fn wait(&mut self) -> Option<ExitStatus> {
        self.ended.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }

    /// The agent has ended, and was sure that nothing of its job is left.
    fn has_left_nothing(&self) -> bool {
        IS_AGENT_SURE && self.ended.borrow().is_some_and(|status| status.success())
    }
}

impl MachineExecutor {
    /// The caller has asked the settings whether the host may be used.
    ///
    /// # Errors
    /// Fails when the work directory cannot be written.
    pub fn new(settings: &RunnerSettings) -> anyhow::Result<Self> {
        let records = settings.work_dir.join("machine");
        fs::create_dir_all(&records).with_context(|| format!("failed to make `{}`", records.display()))?;
        let agent = agent_file(&settings.work_dir)?;
        let commands = command_directory(&agent)?;
        Ok(Self { agent, commands, records, children: Mutex::default() })
    }

    fn record(&self, key: TaskKey) -> PathBuf {
        self.records.join(key.to_string())
    }

    fn children(&self) -> MutexGuard<'_, HashMap<TaskKey, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn child(&self, key: TaskKey) -> Option<Child> {
        self.children().get(&key).cloned()
    }

    /// The agent: one that was started here, or as its record names it; where a stop came between its start and the record, by
    /// its mark.
    fn find(&self, key: TaskKey) -> Option<Process> {
        if let Some(child) = self.child(key) {
            return Some(child.process);
        }
        let record = fs::read(self.record(key)).ok().and_then(|record| serde_json::from_slice(&record).ok());
        record.or_else(|| oldest(&mark(key)))
    }

    fn spawn(&self, spec: &TaskSpec<'_>) -> io::Result<Process> {
        let directory = spec.directory;
        let home = std::path::absolute(directory.home())?;
        files::create_private_directory(&home)?;
        let words = File::create(last_words(directory))?;
        let mut task = spec.task.clone();
        task.environment.insert(MARK.to_owned(), directory.key().to_string());
        task.commands = Some(self.commands.clone());
        directory.write_task(&task)?;
        let mut command = Command::new(&self.agent);
        command
            .arg(std::path::absolute(directory.spool())?)
            .current_dir(&home)
            .env_clear()
            .envs(INHERITED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))))
            .envs(os::home_variables(&home))
            .env(MARK, directory.key().to_string())
            .stdin(Stdio::null())
            .stdout(words.try_clone()?)
            .stderr(words);
        os::start_apart(&mut command);
        let mut child = tokio::process::Command::from(command).spawn()?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let process = pid.and_then(Process::of).ok_or_else(|| io::Error::other("the task agent ended at once"))?;
        let (tell, ended) = watch::channel(None);
        self.children().insert(directory.key(), Child { process, ended });
        // While this runner lives, the agent is its child, and has to be reaped.
        tokio::spawn(async move { tell.send_replace(child.wait().await.ok()) });
        fs::write(self.record(directory.key()), serde_json::to_vec(&process)?)?;
        Ok(process)
    }
}

#[async_trait]
impl Executor for MachineExecutor {
    async fn start(&self, spec: &TaskSpec<'_>, log: &SpinUpLog) -> Result<(), SpinUpError> {
        match &spec.assignment.plan.executor {
            plan::Executor::Machine { image: Some(image), .. } => {
                log.line(format!("The image `{image}` is passed over: this runner's host is the machine"));
            }
            plan::Executor::Machine { image: None, .. }
            | plan::Executor::Docker { .. }
            | plan::Executor::Macos { .. } => {}
        }
        log.line(format!("Machine {}", os::host()));
        if let Some(CheckoutSource::Directory { path }) = &spec.task.checkout {
            log.line(format!("Code from {path}"));
        }
        let process = self.spawn(spec).map_err(|error| {
            SpinUpError::infrastructure(format!("the task agent cannot be started on the runner's host: {error}"))
        })?;
        log.line(format!("Task agent: process {}", process.pid));
        Ok(())
    }

    async fn wait(&self, directory: &TaskDirectory) -> EnvironmentEnd {
        if let Some(mut child) = self.child(directory.key()) {
            child.wait().await;
        } else {
            let Some(process) = self.find(directory.key()) else { return EnvironmentEnd::Gone };
            while process.is_alive() {
                tokio::time::sleep(LOOK).await;
            }
        }
        let last_words = fs::read(last_words(directory)).unwrap_or_default();
        let last_words = String::from_utf8_lossy(&last_words).into_owned();
        EnvironmentEnd::Exited { code: None, out_of_memory: None, last_words }
    }

    async fn cancel(&self, directory: &TaskDirectory) {
        if let Some(process) = self.find(directory.key()) {
            os::ask_to_cancel(process, &directory.spool());
        }
    }

    /// The agent ends what its job has started before it tells the end.
    fn ends_with_agent(&self, _plan: &plan::JobPlan) -> bool {
        true
    }

    async fn dismiss(&self, directory: &TaskDirectory) {
        let Some(mut child) = self.child(directory.key()) else { return };
        os::ask_to_cancel(child.process, &directory.spool());
        // Whoever does not go is ended like any other.
        let _ = timeout(DISMISSAL, child.wait()).await;
    }

    async fn kill(&self, directory: &TaskDirectory) {
        let key = directory.key();
        if self.child(key).is_some_and(|child| child.has_left_nothing()) {
            return;
        }
        if let Some(process) = self.find(key) {
            kill(process, key).await;
        }
    }

    async fn remarks(&self, _: &TaskDirectory) -> Vec<String> {
        Vec::new()
    }

    async fn remove(&self, directory: &TaskDirectory) -> anyhow::Result<()> {
        self.kill(directory).await;
        self.children().remove(&directory.key());
        remove_file(&self.record(directory.key()))
    }

    async fn sweep(&self, keep: &BTreeSet<TaskKey>) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.records)? {
            let name = entry?.file_name();
            let Some(key) = name.to_str().and_then(|name| name.parse::<TaskKey>().ok()) else { continue };
            if keep.contains(&key) {
                continue;
            }
            if let Some(process) = self.find(key) {
                warn!(task.id = %key.task, "Ending the processes of a task that nobody knows any more");
                kill(process, key).await;
            }
            remove_file(&self.record(key))?;
        }
        Ok(())
    }
}

/// Ends a job with all of its processes: the agent first, so that it starts nothing in their place.
async fn kill(agent: Process, key: TaskKey) {
    let mark = mark(key);
    agent.kill();
    for pause in PAUSES_MS {
        let living = tokio::task::spawn_blocking({
            let mark = mark.clone();
            move || {
                let living = tree(agent, &mark);
                living.iter().for_each(|process| process.kill());
                living
            }
        })
        .await
        .unwrap_or_default();
        if living.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    warn!(task.id = %key.task, "Processes of a task are still there after they were killed");
}

/// The variable that marks a task's processes.
fn mark(key: TaskKey) -> String {
    format!("{MARK}={key}")
}

fn last_words(directory: &TaskDirectory) -> PathBuf {
    directory.path().join("agent.out")
}

fn remove_file(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
