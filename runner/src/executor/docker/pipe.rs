//! The agent's task in a pipe instead of a file.
//!
//! A network can be joined only while its owner runs; the owner is the primary container, whose agent begins as soon as it
//! runs. So that the other containers are there before the first step, the agent finds a pipe in the place of its task's
//! file, and waits in opening it until the runner, with the other containers running, writes the task into it.

use std::{
    fs::{OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use model::agent::{AgentTask, TASK_FILE};
use rustix::{
    fs::{CWD, FileType, Mode, OFlags},
    io::Errno,
};

use crate::directory::TaskDirectory;

/// How often it is tried whether the agent waits already.
const KNOCK: Duration = Duration::from_millis(2);

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
