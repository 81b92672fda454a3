//! The life of a task's containers.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::atomic::AtomicBool,
    time::Duration,
};

use async_trait::async_trait;
use bollard::{
    errors::Error,
    models::{ContainerInspectResponse, ContainerSummary},
    query_parameters::{
        InspectContainerOptions, KillContainerOptionsBuilder, ListContainersOptionsBuilder, LogsOptionsBuilder,
        RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder,
    },
};
use futures_util::StreamExt;
use model::plan::{self, JobPlan, StepKind};
use tracing::warn;
use uuid::Uuid;

use super::{
    connection::{Connection, Daemon, status},
    container::{self, EPOCH_LABEL, PRIMARY_ROLE, ROLE_LABEL, RUNNER_LABEL, TASK_LABEL},
    image::Registries,
    layers::Layers,
    start::SpinUp,
};
use crate::{
    agent_file::agent_file,
    directory::{TaskDirectory, TaskKey},
    executor::{EnvironmentEnd, Executor, SpinUpError, TaskSpec},
    identity::identity,
    own::SpinUpLog,
    resource::ResourceClasses,
    settings::{MachineImages, RemoteDockerSettings, RunnerSettings},
};

/// How long a daemon that does not answer is left alone.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How many lines of a container's output are told when it ended.
const LAST_LINES: &str = "20";

/// Runs jobs in containers of one Docker daemon.
#[derive(Debug)]
pub struct DockerExecutor {
    pub(super) connection: Connection,
    pub(super) runner: Uuid,
    pub(super) agent: PathBuf,
    pub(super) classes: ResourceClasses,
    pub(super) registries: Registries,
    pub(super) machine_images: MachineImages,
    pub(super) remote_docker: RemoteDockerSettings,
    pub(super) layers: Layers,
    /// The daemon may not give its containers as many open files as they should have.
    pub(super) few_open_files: AtomicBool,
}

impl DockerExecutor {
    /// Does not need the daemon yet.
    ///
    /// # Errors
    /// Fails when the work directory cannot be written.
    pub fn new(settings: &RunnerSettings) -> anyhow::Result<Self> {
        Ok(Self {
            connection: Connection::new(settings.docker_host.clone()),
            runner: identity(&settings.work_dir)?,
            agent: agent_file(&settings.work_dir)?,
            classes: settings.resource_classes.clone(),
            registries: Registries::new(settings.clouds.clone()),
            machine_images: settings.machine_images.clone(),
            remote_docker: settings.remote_docker.clone(),
            layers: Layers::new(&settings.work_dir),
            few_open_files: AtomicBool::new(false),
        })
    }

    /// Whether the daemon answers; its version if it does.
    ///
    /// # Errors
    /// Gives the sentence that a job would end with.
    pub async fn ping(&self) -> Result<String, SpinUpError> {
        let daemon = self.connection.daemon().await?;
        daemon.docker.ping().await.map_err(|error| self.connection.explain("answer", &error))?;
        Ok(daemon.version.clone())
    }

    /// The containers of a task, or all of this runner's.
    async fn list(&self, daemon: &Daemon, key: Option<TaskKey>) -> Result<Vec<ContainerSummary>, Error> {
        let labels = match key {
            Some(key) => vec![format!("{TASK_LABEL}={}", key.task), format!("{EPOCH_LABEL}={}", key.epoch.0)],
            None => vec![format!("{RUNNER_LABEL}={}", self.runner)],
        };
        let filters = HashMap::from([("label".to_owned(), labels)]);
        daemon
            .docker
            .list_containers(Some(ListContainersOptionsBuilder::default().all(true).filters(&filters).build()))
            .await
    }

    /// Asks the daemon about a container until it answers; `None` when there is no such container.
    async fn inspect(&self, name: &str) -> Option<ContainerInspectResponse> {
        loop {
            let asked = match self.connection.daemon().await {
                Ok(daemon) => daemon.docker.inspect_container(name, None::<InspectContainerOptions>).await,
                Err(error) => {
                    warn!("{error}");
                    tokio::time::sleep(ASK_AGAIN).await;
                    continue;
                }
            };
            match asked {
                Ok(found) => return Some(found),
                Err(error) if status(&error) == Some(404) => return None,
                Err(error) => {
                    warn!("Docker did not tell about the container {name}, and is asked again: {error}");
                    tokio::time::sleep(ASK_AGAIN).await;
                }
            }
        }
    }

    /// What the container's main process printed last: nothing, unless it could not do its work at all.
    async fn last_words(&self, name: &str) -> String {
        let Ok(daemon) = self.connection.daemon().await else { return String::new() };
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(LAST_LINES).build();
        let mut lines = daemon.docker.logs(name, Some(options));
        let mut words = String::new();
        while let Some(Ok(line)) = lines.next().await {
            words.push_str(&line.to_string());
        }
        words
    }

    /// A sentence for each of a task's other containers that has ended, and not well, with its last lines.
    pub(super) async fn dead_services(&self, key: TaskKey) -> Vec<String> {
        let Ok(daemon) = self.connection.daemon().await else { return Vec::new() };
        let mut sentences = Vec::new();
        for found in self.list(daemon, Some(key)).await.unwrap_or_default() {
            let role =
                found.labels.as_ref().and_then(|labels| labels.get(ROLE_LABEL)).filter(|role| *role != PRIMARY_ROLE);
            let (Some(role), Some(id)) = (role, found.id) else { continue };
            let Ok(found) = daemon.docker.inspect_container(&id, None::<InspectContainerOptions>).await else {
                continue;
            };
            let state = found.state.unwrap_or_default();
            // One that never ran has a sentence of its own.
            let started = state.started_at.is_some_and(|at| !at.starts_with("0001"));
            if !started || state.running.unwrap_or(false) {
                continue;
            }
            let how = match (state.oom_killed.unwrap_or(false), state.exit_code.unwrap_or(0)) {
                (true, _) => "was killed by the kernel, because it ran out of memory".to_owned(),
                (false, 0) => continue,
                (false, code) => format!("ended with code {code}"),
            };
            let words = self.last_words(&id).await;
            let words = match words.trim() {
                "" => ", and printed nothing".to_owned(),
                words => format!("; its last lines:\n{words}"),
            };
            sentences.push(format!("{role} {how}{words}"));
        }
        sentences
    }

    async fn signal(&self, name: &str, signal: &str) {
        let Ok(daemon) = self.connection.daemon().await else { return };
        let options = KillContainerOptionsBuilder::default().signal(signal).build();
        match daemon.docker.kill_container(name, Some(options)).await {
            Ok(()) => {}
            // Gone, or not running: there is nobody to tell.
            Err(error) if matches!(status(&error), Some(404 | 409)) => {}
            Err(error) => warn!("Docker could not send {signal} to the container {name}: {error}"),
        }
    }
}

#[async_trait]
impl Executor for DockerExecutor {
    async fn start(&self, spec: &TaskSpec<'_>, log: &SpinUpLog) -> Result<(), SpinUpError> {
        SpinUp { executor: self, daemon: self.connection.daemon().await?, spec, log }.run().await
    }

    /// Services, and a daemon of the job's own, go on until they are removed.
    fn ends_with_agent(&self, plan: &JobPlan) -> bool {
        let is_alone = matches!(&plan.executor, plan::Executor::Docker { containers } if containers.len() == 1);
        is_alone && !plan.steps.iter().any(|step| matches!(step.kind, StepKind::SetupRemoteDocker(_)))
    }

    async fn wait(&self, directory: &TaskDirectory) -> EnvironmentEnd {
        let name = container::primary_of(directory);
        loop {
            let Some(found) = self.inspect(&name).await else { return EnvironmentEnd::Gone };
            let state = found.state.unwrap_or_default();
            if !state.running.unwrap_or(false) {
                let memory = found.host_config.and_then(|config| config.memory).unwrap_or(0);
                let out_of_memory = state.oom_killed.unwrap_or(false).then(|| u64::try_from(memory).unwrap_or(0));
                let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
                let last_words = match code {
                    Some(0) | None => String::new(),
                    Some(_) => self.last_words(&name).await,
                };
                return EnvironmentEnd::Exited { code, out_of_memory, last_words };
            }
            // Only a hint: whatever it says, the truth is in the next inspection.
            if let Ok(daemon) = self.connection.daemon().await {
                let options = WaitContainerOptionsBuilder::default().condition("not-running").build();
                let hint = daemon.docker.wait_container(&name, Some(options)).next().await;
                if !matches!(hint, Some(Ok(_) | Err(Error::DockerContainerWaitError { .. }))) {
                    tokio::time::sleep(ASK_AGAIN).await;
                }
            }
        }
    }

    async fn cancel(&self, directory: &TaskDirectory) {
        self.signal(&container::primary_of(directory), "SIGTERM").await;
    }

    async fn kill(&self, directory: &TaskDirectory) {
        self.signal(&container::primary_of(directory), "SIGKILL").await;
    }

    async fn remarks(&self, directory: &TaskDirectory) -> Vec<String> {
        self.dead_services(directory.key()).await
    }

    async fn remove(&self, directory: &TaskDirectory) -> anyhow::Result<()> {
        let daemon = self.connection.daemon().await?;
        for found in self.list(daemon, Some(directory.key())).await? {
            if let Some(id) = found.id {
                remove_container(daemon, &id).await?;
            }
        }
        Ok(())
    }

    async fn sweep(&self, keep: &BTreeSet<TaskKey>) -> anyhow::Result<()> {
        let daemon = self.connection.daemon().await?;
        for found in self.list(daemon, None).await? {
            let key = found.labels.as_ref().and_then(container::key_of);
            if let Some(id) = found.id.filter(|_| key.is_none_or(|key| !keep.contains(&key))) {
                warn!("Removing the container {}, which no task needs any more", short(&id));
                remove_container(daemon, &id).await?;
            }
        }
        Ok(())
    }
}

/// Removes a container, dead or alive, with its anonymous volumes.
pub(super) async fn remove_container(daemon: &Daemon, name: &str) -> Result<(), Error> {
    let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
    match daemon.docker.remove_container(name, Some(options)).await {
        // It is gone, or another call is removing it.
        Err(error) if matches!(status(&error), Some(404 | 409)) => Ok(()),
        result => result,
    }
}

/// The first twelve digits of an id, as Docker shows it.
pub(super) fn short(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}
