//! The status of a workflow: always a fold over its jobs, never set by hand.

use serde::{Deserialize, Serialize};

use crate::job::{JobState, Outcome};

/// A workflow's status, in CircleCI's words (API v2, `Workflow.status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowStatus {
    /// Every job ended well.
    Success,
    /// Jobs run, or may yet run.
    Running,
    /// No job is left to do: all were skipped.
    NotRun,
    /// Something failed, and nothing runs any more.
    Failed,
    /// Nothing failed but the infrastructure: no image, no Docker, a lost runner.
    Error,
    /// Something has failed; other jobs still run, or wait to be approved.
    Failing,
    /// Only approvals are waited for.
    OnHold,
    /// It was cancelled.
    Canceled,
    /// A job was not allowed to run.
    Unauthorized,
}

impl WorkflowStatus {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::Success,
        Self::Running,
        Self::NotRun,
        Self::Failed,
        Self::Error,
        Self::Failing,
        Self::OnHold,
        Self::Canceled,
        Self::Unauthorized,
    ];

    /// The name in rows and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Running => "running",
            Self::NotRun => "not_run",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Failing => "failing",
            Self::OnHold => "on_hold",
            Self::Canceled => "canceled",
            Self::Unauthorized => "unauthorized",
        }
    }

    /// Reads [`WorkflowStatus::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing more happens in it by itself. A hold is not an end.
    pub const fn is_ended(self) -> bool {
        match self {
            Self::Success | Self::NotRun | Self::Failed | Self::Error | Self::Canceled | Self::Unauthorized => true,
            Self::Running | Self::Failing | Self::OnHold => false,
        }
    }
}

/// Folds the states of all jobs of a workflow into its status. No jobs at all: nothing was run. `canceled`: somebody
/// canceled the workflow as a whole, which says more than the ends of its jobs, unless they all succeeded before.
pub fn status(jobs: impl IntoIterator<Item = JobState>, canceled: bool) -> WorkflowStatus {
    let (mut active, mut held, mut blocked) = (false, false, false);
    let mut worst: Option<Outcome> = None;
    let mut succeeded = false;
    for job in jobs {
        match job {
            JobState::Queued | JobState::Running => active = true,
            JobState::OnHold => held = true,
            JobState::Blocked => blocked = true,
            JobState::Ended(outcome) => {
                succeeded |= outcome == Outcome::Success;
                worst = Some(worst.map_or(outcome, |so_far| so_far.worse(outcome)));
            }
        }
    }
    let ended = match worst {
        None => WorkflowStatus::NotRun,
        Some(Outcome::Success) => WorkflowStatus::Success,
        Some(_) if canceled => WorkflowStatus::Canceled,
        Some(Outcome::NotRun) if succeeded => WorkflowStatus::Success,
        Some(Outcome::NotRun) => WorkflowStatus::NotRun,
        Some(Outcome::Canceled) => WorkflowStatus::Canceled,
        Some(Outcome::Unauthorized) => WorkflowStatus::Unauthorized,
        Some(Outcome::Failed | Outcome::TimedOut) => WorkflowStatus::Failed,
        Some(Outcome::InfrastructureFail) => WorkflowStatus::Error,
    };
    match (active, held, blocked) {
        (false, false, false) => ended,
        _ if ended == WorkflowStatus::Failed => WorkflowStatus::Failing,
        (false, true, _) => WorkflowStatus::OnHold,
        (true, _, _) | (false, false, true) => WorkflowStatus::Running,
    }
}
