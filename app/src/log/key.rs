//! Which log.

use std::path::{Path, PathBuf};

use model::{
    event::StepKey,
    id::{JobId, TaskId},
    protocol::Epoch,
};
use store::task::Task;

/// Names the log of an attempt at a step, in one claim of its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogKey {
    /// The job.
    pub job: JobId,
    /// Its task.
    pub task: TaskId,
    /// The claim: what an earlier one left is not mixed with it.
    pub epoch: Epoch,
    /// The step, and the attempt at it.
    pub step: StepKey,
}

impl LogKey {
    /// A log of a task's current claim.
    pub fn of(task: &Task, step: StepKey) -> Self {
        Self { job: task.job_id, task: task.id, epoch: task.epoch, step }
    }

    /// The directory of all logs of this claim.
    pub(super) fn directory(&self, root: &Path) -> PathBuf {
        root.join(self.job.to_string()).join(format!("{}.{}", self.task, self.epoch.0))
    }

    /// The file.
    pub(super) fn path(&self, root: &Path) -> PathBuf {
        self.directory(root).join(format!("{}.log", self.step))
    }
}
