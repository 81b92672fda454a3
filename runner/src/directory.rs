//! The directory of a task on the runner's disk: everything that a restarted runner needs to take the task up again.
//!
//! | name | what |
//! | --- | --- |
//! | `state.json` | the task's id, epoch, token and executor; mode 0600 |
//! | `events.jsonl`, `0.0.log` | the events and the log of "Spin up environment": the directory is a spool, too |
//! | `spool/` | the task agent's directory: see [`model::agent`] |
//! | `ready` | there is, or was, a task for the agent in its directory |
//! | `home/` | home of the job, with the machine executor |
//!
//! The directory itself is private to the runner's user; `spool` is open to everyone who can reach it, since nobody knows
//! which user the job has in its container.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use model::{
    agent::{AgentTask, EVENTS_FILE, TASK_FILE},
    id::TaskId,
    protocol::{Epoch, TaskToken},
};
use serde::{Deserialize, Serialize};

use crate::os::files;

/// Name of the note that the task was made ready.
const NOTE: &str = "ready";

/// One claim of a task: what directories and environments are named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskKey {
    /// Which task.
    pub task: TaskId,
    /// Which claim of it.
    pub epoch: Epoch,
}

impl fmt::Display for TaskKey {
    /// `01890a5d-….3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.task, self.epoch.0)
    }
}

impl FromStr for TaskKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (task, epoch) = text.split_once('.').ok_or(())?;
        Ok(Self { task: task.parse().map_err(drop)?, epoch: Epoch(epoch.parse().map_err(drop)?) })
    }
}

/// Which executor has a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExecutorKind {
    Docker,
    Machine,
}

/// `state.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskState {
    pub(crate) task: TaskId,
    pub(crate) epoch: Epoch,
    pub(crate) token: TaskToken,
    /// `None` while it is not decided, and when none can have it.
    pub(crate) executor: Option<ExecutorKind>,
}

/// The directory of one task.
#[derive(Clone, Debug)]
pub struct TaskDirectory {
    key: TaskKey,
    path: PathBuf,
}

impl TaskDirectory {
    /// The directory of `key` under a runner's `tasks`. Touches nothing.
    pub fn new(tasks: &Path, key: TaskKey) -> Self {
        Self { key, path: tasks.join(key.to_string()) }
    }

    /// Whose it is.
    pub fn key(&self) -> TaskKey {
        self.key
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The task agent's directory.
    pub fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    /// The spool of the runner's own part of the story.
    pub fn own(&self) -> &Path {
        &self.path
    }

    /// Home of a job on the host.
    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// Makes it.
    pub(crate) fn create(&self, state: &TaskState) -> io::Result<()> {
        for directory in [&self.path, &self.spool()] {
            files::create_private_directory(directory)?;
        }
        // Beyond what the umask would leave.
        files::open_directory_to_all(&self.spool())?;
        self.write_state(state)
    }

    /// Replaces `state.json` as a whole.
    pub(crate) fn write_state(&self, state: &TaskState) -> io::Result<()> {
        let (new, path) = (self.path.join("state.json.new"), self.path.join("state.json"));
        fs::remove_file(&new).or_else(absent)?;
        let file = files::create_private(&new)?;
        serde_json::to_writer(&file, state)?;
        drop(file);
        fs::rename(new, path)
    }

    pub(crate) fn read_state(&self) -> io::Result<TaskState> {
        Ok(serde_json::from_slice(&fs::read(self.path.join("state.json"))?)?)
    }

    /// Puts the task where its agent looks for it.
    ///
    /// The file is as readable as its directory: the user of the job may have any number. It holds what the job itself is
    /// about to know, it is reachable only through the job's own mount, and the agent removes it before the first step.
    ///
    /// # Errors
    /// Fails when it cannot be written.
    pub fn write_task(&self, task: &AgentTask) -> io::Result<()> {
        let path = self.spool().join(TASK_FILE);
        let bytes = serde_json::to_vec(task)?;
        fs::write(&path, bytes)?;
        files::let_all_read(&path)?;
        self.note_task()
    }

    /// Notes that the task lies ready for its agent: from now on, a task that is gone was taken.
    pub(crate) fn note_task(&self) -> io::Result<()> {
        // Another name of a file that is there costs less than a file. Not every file system has such names.
        let (state, note) = (self.path.join("state.json"), self.path.join(NOTE));
        match fs::hard_link(state, &note) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::File::create_new(note).map(drop),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Whether the agent has begun: it has taken its task, or told something.
    pub(crate) fn has_begun(&self) -> bool {
        let told = fs::symlink_metadata(self.spool().join(EVENTS_FILE)).is_ok_and(|file| file.len() > 0);
        let is_ready = fs::symlink_metadata(self.spool().join(TASK_FILE)).is_ok();
        told || !is_ready && self.path.join(NOTE).exists()
    }

    /// Removes it with all that is in it.
    pub(crate) fn remove(&self) -> io::Result<()> {
        // First the state, so that a directory that could not be removed as a whole is not taken up again.
        fs::remove_file(self.path.join("state.json")).or_else(absent)?;
        fs::remove_dir_all(&self.path).or_else(absent)
    }
}

fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
