//! A job's containers: how they are made. Never privileged, never with the host's Docker socket, with a bound on everything
//! that a job could fill. Each of them has the limits of the resource class.

use std::{collections::HashMap, path::Path};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountType, ResourcesUlimits,
};
use model::{
    agent::MOUNT,
    plan::{Container, Environment},
    protocol::CheckoutSource,
};
use uuid::Uuid;

use crate::{
    directory::{TaskDirectory, TaskKey},
    executor::{SpinUpError, TaskSpec},
    resource::Share,
};

/// Label with the task's id.
pub(super) const TASK_LABEL: &str = "dev.roundhouse.task";
/// Label with the number of the claim.
pub(super) const EPOCH_LABEL: &str = "dev.roundhouse.epoch";
/// Label with the identity of the runner.
pub(super) const RUNNER_LABEL: &str = "dev.roundhouse.runner";

/// Label with what a container is to its job: [`PRIMARY_ROLE`], or words for a sentence.
pub(super) const ROLE_LABEL: &str = "dev.roundhouse.role";
/// The primary container's role.
pub(super) const PRIMARY_ROLE: &str = "primary";

/// Where the container finds its agent.
const AGENT: &str = "/.roundhouse-agent";
/// Where it finds the files of a [`CheckoutSource::Directory`]: a path of its own, since the directory's own path may be
/// the very working directory of the job.
const SOURCE: &str = "/.roundhouse-source";
/// Processes and threads of a job. What is more is a bomb.
const PIDS: i64 = 4096;
/// Open files of a process: enough for a database, and not so many that programs which go through all of them hang.
const OPEN_FILES: i64 = 65_536;
/// When memory runs out, the kernel shall take a job's process before the runner's.
const OOM_SCORE: i64 = 500;
/// Capabilities of Docker's usual set that a job has no use for, and an attacker has.
const DROPPED: [&str; 4] = ["NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP"];

/// The name of the primary container.
pub(super) fn name(key: TaskKey) -> String {
    format!("roundhouse-{key}")
}

/// The name of another container of a task; they count from 1.
pub(super) fn name_of_other(key: TaskKey, index: usize) -> String {
    format!("{}-{index}", name(key))
}

/// Whose container these labels are on.
pub(super) fn key_of(labels: &HashMap<String, String>) -> Option<TaskKey> {
    format!("{}.{}", labels.get(TASK_LABEL)?, labels.get(EPOCH_LABEL)?).parse().ok()
}

/// `NAME=value`, sorted.
pub(super) fn variables(environment: &Environment) -> Vec<String> {
    environment.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// What all containers of a task have in common.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) key: TaskKey,
    pub(super) runner: Uuid,
    /// The limits of each of them.
    pub(super) share: &'a Share,
}

impl Frame<'_> {
    /// A container with the bounds that all of them have, known by `what` to those who look for the reason of a failure.
    pub(super) fn body(self, what: &str) -> ContainerCreateBody {
        let Self { key, runner, share } = self;
        let mut labels = HashMap::from([
            (TASK_LABEL.to_owned(), key.task.to_string()),
            (EPOCH_LABEL.to_owned(), key.epoch.0.to_string()),
            (RUNNER_LABEL.to_owned(), runner.to_string()),
        ]);
        labels.insert(ROLE_LABEL.to_owned(), what.to_owned());
        let memory = share.memory_bytes.and_then(|bytes| i64::try_from(bytes).ok());
        let open_files =
            ResourcesUlimits { name: Some("nofile".to_owned()), soft: Some(OPEN_FILES), hard: Some(OPEN_FILES) };
        ContainerCreateBody {
            labels: Some(labels),
            host_config: Some(HostConfig {
                nano_cpus: share.cpu_millis.and_then(|millis| i64::try_from(millis * 1_000_000).ok()),
                memory,
                memory_swap: memory,
                pids_limit: Some(PIDS),
                ulimits: Some(vec![open_files]),
                oom_score_adj: Some(OOM_SCORE),
                cap_drop: Some(DROPPED.map(str::to_owned).to_vec()),
                privileged: Some(false),
                auto_remove: Some(false),
                init: Some(false),
                log_config: Some(HostConfigLogConfig {
                    typ: Some("json-file".to_owned()),
                    config: Some(HashMap::from([("max-size".to_owned(), "1m".to_owned())])),
                }),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    /// The primary container: its main process is the agent.
    pub(super) fn primary(
        self,
        container: &Container,
        host_names: Vec<String>,
        mounts: Vec<Mount>,
    ) -> ContainerCreateBody {
        let mut body = self.body(PRIMARY_ROLE);
        let host_config = body.host_config.get_or_insert_default();
        host_config.mounts = Some(mounts);
        // All containers of a job are one host to each other.
        host_config.extra_hosts = Some(host_names.iter().map(|name| format!("{name}:127.0.0.1")).collect());
        // A health check of the image's is about the program that does not run here.
        let healthcheck = HealthConfig { test: Some(vec!["NONE".to_owned()]), ..Default::default() };
        ContainerCreateBody {
            image: Some(container.image.clone()),
            entrypoint: Some(vec![AGENT.to_owned()]),
            cmd: Some(vec![MOUNT.to_owned()]),
            env: Some(variables(&container.environment)),
            user: container.user.clone(),
            working_dir: Some("/".to_owned()),
            stop_signal: Some("SIGTERM".to_owned()),
            healthcheck: Some(healthcheck),
            ..body
        }
    }

    /// A service container, in the network of the primary one.
    pub(super) fn service(self, container: &Container) -> ContainerCreateBody {
        let what = match &container.name {
            Some(name) => format!("the service `{name}` ({})", container.image),
            None => format!("the service `{}`", container.image),
        };
        let mut body = self.body(&what);
        body.host_config.get_or_insert_default().network_mode = Some(self.network());
        ContainerCreateBody {
            image: Some(container.image.clone()),
            entrypoint: container.entrypoint.clone(),
            cmd: container.command.clone(),
            env: Some(variables(&container.environment)),
            user: container.user.clone(),
            ..body
        }
    }

    /// The network of the primary container.
    pub(super) fn network(self) -> String {
        format!("container:{}", name(self.key))
    }
}

/// What the primary container sees of the host: the agent, the spool, and the code of a local run.
pub(super) fn mounts(spec: &TaskSpec<'_>, agent: &Path) -> Result<Vec<Mount>, SpinUpError> {
    let mut mounts = vec![bind(agent, AGENT, true)?, bind(&spec.directory.spool(), MOUNT, false)?];
    match &spec.assignment.checkout {
        Some(CheckoutSource::Directory { path }) => mounts.push(bind(Path::new(path), SOURCE, true)?),
        Some(CheckoutSource::Git { .. }) | None => {}
    }
    Ok(mounts)
}

/// The checkout as the container sees it.
pub(super) fn checkout(source: Option<CheckoutSource>) -> Option<CheckoutSource> {
    source.map(|source| match source {
        CheckoutSource::Directory { .. } => CheckoutSource::Directory { path: SOURCE.to_owned() },
        git @ CheckoutSource::Git { .. } => git,
    })
}

/// The task's files are bound by absolute paths.
fn bind(from: &Path, to: &str, read_only: bool) -> Result<Mount, SpinUpError> {
    let path = std::path::absolute(from).ok().and_then(|path| path.to_str().map(str::to_owned));
    let source = path.ok_or_else(|| {
        SpinUpError::infrastructure(format!("the path `{}` cannot be mounted: it is not UTF-8", from.display()))
    })?;
    Ok(Mount {
        target: Some(to.to_owned()),
        source: Some(source),
        typ: Some(MountType::BIND),
        read_only: Some(read_only),
        ..Default::default()
    })
}

/// The task directory's container, as a person may look for it.
pub(super) fn primary_of(directory: &TaskDirectory) -> String {
    name(directory.key())
}
