//! Whether a workflow that has ended repeats itself: pure.

use model::workflow::WorkflowStatus;

/// The oldest pipeline of which anything repeats itself, in milliseconds: 90 days, as at CircleCI.
const OLDEST_MS: i64 = 90 * 24 * 3_600_000;

/// What a workflow's configuration and its past say of automatic reruns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AutoReruns {
    /// How many the configuration allows.
    pub most: u8,
    /// Which of them this workflow is; 0: none, it is the first attempt.
    pub number: u8,
    /// A person asked for this attempt.
    pub asked_for: bool,
    /// It has been repeated already.
    pub repeated: bool,
    /// The age of its pipeline, in milliseconds.
    pub pipeline_age_ms: i64,
}

impl AutoReruns {
    /// Whether it repeats itself, having ended like this. An infrastructure that failed is a reason like any other.
    pub(super) const fn follow(self, status: WorkflowStatus) -> bool {
        let Self { most, number, asked_for, repeated, pipeline_age_ms } = self;
        let failed = match status {
            WorkflowStatus::Failed | WorkflowStatus::Error => true,
            WorkflowStatus::Success
            | WorkflowStatus::Running
            | WorkflowStatus::NotRun
            | WorkflowStatus::Failing
            | WorkflowStatus::OnHold
            | WorkflowStatus::Canceled
            | WorkflowStatus::Unauthorized => false,
        };
        failed && number < most && !asked_for && !repeated && pipeline_age_ms <= OLDEST_MS
    }
}
