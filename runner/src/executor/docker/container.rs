//! The primary container: how it is made. Never privileged, never with Docker's socket, with a bound on everything that a
//! job could fill.

use std::{collections::HashMap, path::Path};

use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType};
use model::{
    agent::MOUNT,
    plan::{Container, Environment, ResourceClass},
    protocol::CheckoutSource,
};
use uuid::Uuid;

use super::connection::Daemon;
use crate::{
    directory::{TaskDirectory, TaskKey},
    executor::{SpinUpError, TaskSpec},
    resource::ResourceClasses,
};

/// Label with the task's id.
pub(super) const TASK_LABEL: &str = "dev.roundhouse.task";
/// Label with the number of the claim.
pub(super) const EPOCH_LABEL: &str = "dev.roundhouse.epoch";
/// Label with the identity of the runner.
pub(super) const RUNNER_LABEL: &str = "dev.roundhouse.runner";

/// Where the container finds its agent.
const AGENT: &str = "/.roundhouse-agent";
/// Where it finds the files of a [`CheckoutSource::Directory`]: a path of its own, since the directory's own path may be
/// the very working directory of the job.
const SOURCE: &str = "/.roundhouse-source";
/// Processes and threads of a job. What is more is a bomb.
const PIDS: i64 = 4096;
/// When memory runs out, the kernel shall take a job's process before the runner's.
const OOM_SCORE: i64 = 500;
/// Capabilities of Docker's usual set that a job has no use for, and an attacker has.
const DROPPED: [&str; 4] = ["NET_RAW", "MKNOD", "AUDIT_WRITE", "SETFCAP"];

/// The name of the primary container.
pub(super) fn name(key: TaskKey) -> String {
    format!("roundhouse-{key}")
}

/// The labels of all containers of a task.
pub(super) fn labels(key: TaskKey, runner: Uuid) -> HashMap<String, String> {
    HashMap::from([
        (TASK_LABEL.to_owned(), key.task.to_string()),
        (EPOCH_LABEL.to_owned(), key.epoch.0.to_string()),
        (RUNNER_LABEL.to_owned(), runner.to_string()),
    ])
}

/// Whose container these labels are on.
pub(super) fn key_of(labels: &HashMap<String, String>) -> Option<TaskKey> {
    format!("{}.{}", labels.get(TASK_LABEL)?, labels.get(EPOCH_LABEL)?).parse().ok()
}

/// The part of a configuration that all containers of jobs share.
pub(super) fn host_config() -> HostConfig {
    HostConfig {
        pids_limit: Some(PIDS),
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
    }
}

/// `NAME=value`, sorted.
pub(super) fn variables(environment: &Environment) -> Vec<String> {
    environment.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// The primary container of a task.
pub(super) fn primary(
    spec: &TaskSpec<'_>,
    container: &Container,
    daemon: &Daemon,
    classes: &ResourceClasses,
    runner: Uuid,
    agent: &Path,
) -> Result<ContainerCreateBody, SpinUpError> {
    let services = match &spec.assignment.plan.executor {
        model::plan::Executor::Docker { containers } => containers.get(1..).unwrap_or_default(),
        model::plan::Executor::Machine { .. } | model::plan::Executor::Macos { .. } => &[],
    };
    // All containers of a job are one host to each other.
    let names = services.iter().chain([container]).filter_map(|container| container.name.as_ref());
    let mut mounts = vec![bind(agent, AGENT, true)?, bind(&spec.directory.spool(), MOUNT, false)?];
    match &spec.assignment.checkout {
        Some(CheckoutSource::Directory { path }) => mounts.push(bind(Path::new(path), SOURCE, true)?),
        Some(CheckoutSource::Git { .. }) | None => {}
    }
    let mut host_config = host_config();
    host_config.mounts = Some(mounts);
    host_config.extra_hosts = Some(names.map(|name| format!("{name}:127.0.0.1")).collect());
    limit(&mut host_config, spec.assignment.plan.resource_class.as_ref(), daemon, classes)?;
    Ok(ContainerCreateBody {
        image: Some(container.image.clone()),
        entrypoint: Some(vec![AGENT.to_owned()]),
        cmd: Some(vec![MOUNT.to_owned()]),
        env: Some(variables(&container.environment)),
        user: container.user.clone(),
        working_dir: Some("/".to_owned()),
        labels: Some(labels(spec.directory.key(), runner)),
        stop_signal: Some("SIGTERM".to_owned()),
        // A health check of the image's is about the program that does not run here.
        healthcheck: Some(bollard::models::HealthConfig { test: Some(vec!["NONE".to_owned()]), ..Default::default() }),
        host_config: Some(host_config),
        ..Default::default()
    })
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

/// A class that is larger than the host gets the host.
fn limit(
    host_config: &mut HostConfig,
    class: Option<&ResourceClass>,
    daemon: &Daemon,
    classes: &ResourceClasses,
) -> Result<(), SpinUpError> {
    let Some(limits) = classes.limits(class).map_err(SpinUpError::failed)? else { return Ok(()) };
    if daemon.processors == 0 || limits.cpu_millis < daemon.processors * 1000 {
        host_config.nano_cpus = i64::try_from(limits.cpu_millis * 1_000_000).ok();
    }
    if daemon.memory_bytes == 0 || limits.memory_bytes < daemon.memory_bytes {
        host_config.memory = i64::try_from(limits.memory_bytes).ok();
        host_config.memory_swap = host_config.memory;
    }
    Ok(())
}

/// The task directory's container, as a person may look for it.
pub(super) fn primary_of(directory: &TaskDirectory) -> String {
    name(directory.key())
}
