//! What an executor has to do.

use std::collections::BTreeSet;

use async_trait::async_trait;
use model::{agent::AgentTask, job::Outcome, plan::JobPlan, protocol::Assignment};

use crate::{
    directory::{TaskDirectory, TaskKey},
    own::SpinUpLog,
};

/// A task to be started.
#[derive(Debug)]
pub struct TaskSpec<'a> {
    /// What the server gave.
    pub assignment: &'a Assignment,
    /// What its agent is to be told.
    pub task: AgentTask,
    /// Where its files are. The spool is there, and empty.
    pub directory: &'a TaskDirectory,
}

/// Why there is no environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SpinUpError {
    /// Whose fault it is: `Failed` for what the configuration asks and cannot get, `InfrastructureFail` for the rest.
    pub outcome: Outcome,
    /// A sentence for the job's reader: what, where, what to do.
    pub reason: String,
}

impl SpinUpError {
    /// The configuration asks for something that does not exist.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, reason: reason.into() }
    }

    /// The runner, its host or its administrator is the cause.
    pub fn infrastructure(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::InfrastructureFail, reason: reason.into() }
    }
}

/// How an environment ended, with the task agent in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentEnd {
    /// Its main process ended.
    Exited {
        /// With this code, where anybody saw it; 128 and more for signals.
        code: Option<i32>,
        /// The memory limit in bytes, when the kernel ended it for lack of memory; 0 when nothing is known of a limit.
        out_of_memory: Option<u64>,
        /// The last words on its standard output and error: for an agent that could not even start.
        last_words: String,
    },
    /// There is nothing any more, and nobody saw how it ended.
    Gone,
}

/// Gives tasks their environments.
///
/// An environment is named by the task's [`TaskKey`], so nothing but the task's directory is needed to find it again:
/// every call works equally in the process that started the environment and in a later one. An environment has to survive
/// the runner's end, however sudden. The agent's own story is in the spool; what an executor says about an environment only
/// counts where that story breaks off.
///
/// Calls may be dropped at any await. After a dropped or failed [`start`](Executor::start) the caller calls
/// [`remove`](Executor::remove), then or in a later process.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Brings up the environment and starts the agent in it, with [`TaskSpec::task`] in its directory. On return the agent
    /// runs.
    ///
    /// Whatever takes long, and what the environment consists of, is told to `log`.
    ///
    /// # Errors
    /// Says why it was not possible, in a sentence for the job's reader.
    async fn start(&self, spec: &TaskSpec<'_>, log: &SpinUpLog) -> Result<(), SpinUpError>;

    /// Waits until the agent has ended, and returns at once when it has already, or never began. Does not fail: while the
    /// executor cannot be asked, it asks again.
    async fn wait(&self, directory: &TaskDirectory) -> EnvironmentEnd;

    /// Asks the agent to cancel (SIGTERM, or what the system has in its place).
    async fn cancel(&self, directory: &TaskDirectory);

    /// Whether nothing of such a job runs any more, and nothing takes memory or processors, once its agent has told the end.
    fn ends_with_agent(&self, _plan: &JobPlan) -> bool {
        false
    }

    /// The agent has told its end, and the server has it: it need not stay, not even for the disk. Returns when it has gone, or
    /// after a moment; [`remove`](Executor::remove) follows.
    async fn dismiss(&self, _directory: &TaskDirectory) {}

    /// Ends everything that runs in the environment, at once. Its remains stay, so that [`wait`](Executor::wait) can tell
    /// how it ended.
    async fn kill(&self, directory: &TaskDirectory);

    /// What else there is to say of a job that failed: sentences about things beside the agent that have ended, and should
    /// not. Does not fail: what cannot be found out is not said.
    async fn remarks(&self, directory: &TaskDirectory) -> Vec<String>;

    /// Removes the environment, dead or alive, with all that is left of it; succeeds when there is none.
    ///
    /// # Errors
    /// When something is left.
    async fn remove(&self, directory: &TaskDirectory) -> anyhow::Result<()>;

    /// Removes what this runner's executor once made for tasks that are not in `keep`.
    ///
    /// # Errors
    /// When it cannot be found out, or something is left.
    async fn sweep(&self, keep: &BTreeSet<TaskKey>) -> anyhow::Result<()>;
}
