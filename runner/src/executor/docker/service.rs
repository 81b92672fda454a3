//! Service containers: they share the network of the primary one, so that every container of a job finds every other on
//! `localhost`, as on CircleCI.
//!
//! A network can be joined only while its owner runs; the owner is the primary container, whose agent begins as soon as it
//! runs. So that services are there before the first step, the agent then finds its task in a pipe instead of a file, and
//! waits in opening it until the runner, with the services running, writes the task into it.

use std::{
    fs::{OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use bollard::models::ContainerCreateBody;
use model::{
    agent::{AgentTask, TASK_FILE},
    plan::Container,
};
use rustix::{
    fs::{CWD, FileType, Mode, OFlags},
    io::Errno,
};
use uuid::Uuid;

use super::container::{host_config, labels, variables};
use crate::directory::{TaskDirectory, TaskKey};

/// How often it is tried whether the agent waits already.
const KNOCK: Duration = Duration::from_millis(2);

/// The name of a service's container; services count from 1.
pub(super) fn name(key: TaskKey, index: usize) -> String {
    format!("{}-{index}", super::container::name(key))
}

/// A service container of a task.
pub(super) fn service(container: &Container, key: TaskKey, runner: Uuid, primary: &str) -> ContainerCreateBody {
    let mut host_config = host_config();
    host_config.network_mode = Some(format!("container:{primary}"));
    ContainerCreateBody {
        image: Some(container.image.clone()),
        entrypoint: container.entrypoint.clone(),
        cmd: container.command.clone(),
        env: Some(variables(&container.environment)),
        user: container.user.clone(),
        labels: Some(labels(key, runner)),
        host_config: Some(host_config),
        ..Default::default()
    }
}

/// The pipe in the place of the task's file.
#[derive(Debug)]
pub(super) struct TaskPipe {
    path: PathBuf,
}

impl TaskPipe {
    pub(super) fn create(directory: &TaskDirectory) -> io::Result<Self> {
        let path = directory.spool().join(TASK_FILE);
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o644))?;
        directory.note_task()?;
        Ok(Self { path })
    }

    /// Waits for the agent, and gives it its task. Dropped at any point, it leaves the agent waiting.
    pub(super) async fn give(&self, task: &AgentTask) -> io::Result<()> {
        let bytes = serde_json::to_vec(task)?;
        loop {
            match open(&self.path) {
                Ok(mut pipe) => {
                    return tokio::task::spawn_blocking(move || {
                        // The reader is there: from now on waiting for it is right.
                        rustix::fs::fcntl_setfl(&pipe, OFlags::WRONLY)?;
                        pipe.write_all(&bytes)
                    })
                    .await
                    .map_err(io::Error::other)?;
                }
                Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
                    tokio::time::sleep(KNOCK).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn open(path: &Path) -> io::Result<std::fs::File> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    OpenOptions::new().write(true).custom_flags(flags.bits().cast_signed()).open(path)
}
