//! A graph of jobs.

use serde::{Deserialize, Serialize};

use super::{JobGroup, JobPlan};
use crate::job::Outcome;

/// One workflow, ready to be stored and scheduled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowPlan {
    /// Its name in the configuration.
    pub name: String,
    /// Its jobs, in the order of the configuration. Names are unique.
    pub jobs: Vec<JobNode>,
    /// Jobs that this pipeline leaves out, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// How often a failed run of it is repeated (0–5).
    #[serde(default)]
    pub max_auto_reruns: u8,
}

/// A job, or a workflow, that does not run in this pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// The rule that decided, with its values: `` filter branches.only [main]: the branch is `dev` ``.
    pub reason: String,
}

/// A job in a workflow's graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobNode {
    /// Its name in the workflow.
    pub name: String,
    /// What must have ended before it may start. Names that do not run in this pipeline are already gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Requires>,
    /// At most one job of a serial group runs at a time. At the entry of a job group the lock is the whole group's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_group: Option<SerialGroup>,
    /// The job group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<JobGroup>,
    /// What it is.
    #[serde(flatten)]
    pub kind: JobKind,
}

/// What a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum JobKind {
    /// Steps on a runner.
    Build {
        /// What to do.
        plan: Box<JobPlan>,
    },
    /// Waits for a person.
    Approval,
    /// Nothing: joins and splits a graph.
    NoOp,
    /// Tells a release; without a release service, nothing.
    Release {
        /// The plan of the release, as the configuration names it.
        plan_name: String,
    },
}

/// An edge of the graph: the other job must have ended, in one of these ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires {
    /// The other job's name in the workflow.
    pub job: String,
    /// Never empty; `[success]` where the configuration says nothing.
    pub statuses: Vec<RequiredStatus>,
}

impl Requires {
    /// The ordinary edge: the other job must have succeeded.
    pub fn success(job: impl Into<String>) -> Self {
        Self { job: job.into(), statuses: vec![RequiredStatus::Success] }
    }

    /// Whether an end of the other job lets this one start.
    pub fn accepts(&self, outcome: Outcome) -> bool {
        self.statuses.iter().any(|status| status.accepts(outcome))
    }
}

/// An end that a job may require of another (configuration reference, `requires`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredStatus {
    /// It succeeded, or was approved.
    Success,
    /// It failed, ran out of time, or its environment failed.
    Failed,
    /// It was cancelled.
    Canceled,
    /// It was not allowed to run.
    Unauthorized,
    /// It did not run.
    NotRun,
    /// It ended, however.
    Terminal,
}

impl RequiredStatus {
    /// The configuration's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Unauthorized => "unauthorized",
            Self::NotRun => "not_run",
            Self::Terminal => "terminal",
        }
    }

    /// Whether an end is of this kind.
    pub const fn accepts(self, outcome: Outcome) -> bool {
        match self {
            Self::Success => matches!(outcome, Outcome::Success),
            Self::Failed => {
                matches!(outcome, Outcome::Failed | Outcome::TimedOut | Outcome::InfrastructureFail)
            }
            Self::Canceled => matches!(outcome, Outcome::Canceled),
            Self::Unauthorized => matches!(outcome, Outcome::Unauthorized),
            Self::NotRun => matches!(outcome, Outcome::NotRun),
            Self::Terminal => true,
        }
    }
}

/// The key of a serial group, after expansion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SerialGroup(pub String);
