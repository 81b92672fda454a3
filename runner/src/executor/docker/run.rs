//! The life of a task's containers.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    time::Duration,
};

use async_trait::async_trait;
use bollard::{
    errors::Error,
    models::{ContainerCreateBody, ContainerInspectResponse, ContainerSummary},
    query_parameters::{
        CreateContainerOptionsBuilder, InspectContainerOptions, KillContainerOptionsBuilder,
        ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
        WaitContainerOptionsBuilder,
    },
};
use futures_util::StreamExt;
use model::plan::{self, Container};
use tracing::warn;
use uuid::Uuid;

use super::{
    connection::{Connection, Daemon, status},
    container::{self, EPOCH_LABEL, RUNNER_LABEL, TASK_LABEL},
    image, service,
};
use crate::{
    agent_file::agent_file,
    directory::{TaskDirectory, TaskKey},
    executor::{EnvironmentEnd, Executor, SpinUpError, TaskSpec},
    identity::identity,
    own::SpinUpLog,
    resource::ResourceClasses,
    settings::RunnerSettings,
};

/// How long a daemon that does not answer is left alone.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How long an agent may take to come for its task.
const AGENT_START: Duration = Duration::from_secs(60);

/// Runs jobs in containers of one Docker daemon.
#[derive(Debug)]
pub struct DockerExecutor {
    connection: Connection,
    runner: Uuid,
    agent: PathBuf,
    classes: ResourceClasses,
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

    /// Creates a container, with its image if need be. Asks for the image beside that, not before it: most are there.
    async fn create(
        &self,
        daemon: &Daemon,
        name: &str,
        wanted: &Container,
        body: ContainerCreateBody,
        log: &SpinUpLog,
    ) -> Result<String, SpinUpError> {
        let options = || Some(CreateContainerOptionsBuilder::default().name(name).build());
        let create = || daemon.docker.create_container(options(), body.clone());
        let (mut created, mut inspected) = tokio::join!(create(), daemon.docker.inspect_image(&wanted.image));
        let no_image = |error: &Error| status(error) == Some(404);
        if created.as_ref().is_err_and(no_image) && inspected.as_ref().is_err_and(no_image) {
            image::pull(&self.connection, daemon, wanted, log).await?;
            (created, inspected) = tokio::join!(create(), daemon.docker.inspect_image(&wanted.image));
        }
        if created.as_ref().is_err_and(|error| status(error) == Some(409)) {
            // The name is the task's: whatever has it is a remainder of the same claim.
            remove_container(daemon, name)
                .await
                .map_err(|error| self.connection.explain("remove a container", &error))?;
            created = create().await;
        }
        let created = created.map_err(|error| self.explain(wanted, &error))?;
        let id = inspected.ok().and_then(|image| image.id).map_or_else(String::new, |id| format!(" ({})", short(&id)));
        log.line(format!("Image {}{id}", wanted.image));
        log.line(format!("Container {} ({name})", short(&created.id)));
        Ok(created.id)
    }

    async fn start_container(&self, daemon: &Daemon, id: &str, wanted: &Container) -> Result<(), SpinUpError> {
        let started = daemon.docker.start_container(id, None::<StartContainerOptions>).await;
        started.map_err(|error| self.explain(wanted, &error))
    }

    /// Why a container could not be made or started.
    fn explain(&self, wanted: &Container, error: &Error) -> SpinUpError {
        let Error::DockerResponseServerError { message, .. } = error else {
            return self.connection.explain(&format!("start a container of image `{}`", wanted.image), error);
        };
        let lower = message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let image = &wanted.image;
        if says(&["unable to find user", "unable to find group", "no matching entries in passwd"]) {
            let user = wanted.user.as_deref().unwrap_or("of the image");
            SpinUpError::failed(format!("the user `{user}` does not exist in image `{image}`: {message}"))
        } else if says(&["exec format error"]) {
            SpinUpError::failed(format!("image `{image}` is made for another kind of processor: {message}"))
        } else if says(&["invalid reference format", "must be lowercase"]) {
            SpinUpError::failed(format!("`{image}` is not the name of an image: {message}"))
        } else if says(&["executable file not found", "no command specified", "no such file or directory: unknown"]) {
            SpinUpError::failed(format!("the container of image `{image}` cannot start its command: {message}"))
        } else {
            self.connection.explain(&format!("start a container of image `{image}`"), error)
        }
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
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail("20").build();
        let mut lines = daemon.docker.logs(name, Some(options));
        let mut words = String::new();
        while let Some(Ok(line)) = lines.next().await {
            words.push_str(&line.to_string());
        }
        words
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
        let plan::Executor::Docker { containers } = &spec.assignment.plan.executor else {
            return Err(SpinUpError::infrastructure("the Docker executor was given a job that is not for it"));
        };
        let [wanted, services @ ..] = containers.as_slice() else {
            return Err(SpinUpError::failed("the job names no image"));
        };
        let daemon = self.connection.daemon().await?;
        log.line(format!("Docker {} on {}", daemon.version, std::env::consts::ARCH));
        let mut task = spec.task.clone();
        task.checkout = container::checkout(task.checkout);
        let spooled =
            |error| SpinUpError::infrastructure(format!("the runner cannot write its work directory: {error}"));
        let pipe = if services.is_empty() {
            spec.directory.write_task(&task).map_err(spooled)?;
            None
        } else {
            Some(service::TaskPipe::create(spec.directory).map_err(spooled)?)
        };
        let body = container::primary(spec, wanted, daemon, &self.classes, self.runner, &self.agent)?;
        let key = spec.directory.key();
        let primary = self.create(daemon, &container::name(key), wanted, body, log).await?;
        self.start_container(daemon, &primary, wanted).await?;
        let Some(pipe) = pipe else { return Ok(()) };
        for (index, wanted) in (1..).zip(services) {
            let body = service::service(wanted, key, self.runner, &primary);
            let id = self.create(daemon, &service::name(key, index), wanted, body, log).await?;
            self.start_container(daemon, &id, wanted).await?;
        }
        match tokio::time::timeout(AGENT_START, pipe.give(&task)).await {
            Ok(given) => given.map_err(spooled),
            Err(_) => Err(SpinUpError::infrastructure("the task agent did not start in the container within a minute")),
        }
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
async fn remove_container(daemon: &Daemon, name: &str) -> Result<(), Error> {
    let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
    match daemon.docker.remove_container(name, Some(options)).await {
        // It is gone, or another call is removing it.
        Err(error) if matches!(status(&error), Some(404 | 409)) => Ok(()),
        result => result,
    }
}

/// The first twelve digits of an id, as Docker shows it.
fn short(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}
