//! Schedules that a configuration declares.

use serde::{Deserialize, Serialize};

/// A `schedule` among the `triggers` of a workflow. Each is one row of its own where schedules are kept: a workflow may
/// have several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSchedule {
    /// The workflow that it starts. It starts no other workflow of the configuration.
    pub workflow: String,
    /// When: a crontab expression in UTC that the compiler has checked.
    pub cron: String,
    /// The branches that have it.
    pub branches: BranchFilter,
    /// Whether the branch that was compiled for is one of them. Always false for a tag.
    pub applies: bool,
}

/// Branch names, and regular expressions between slashes, as they are written. Where `only` says something, it decides
/// alone; without either, every branch passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchFilter {
    /// One of them must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
    /// None of them may match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore: Option<Vec<String>>,
}
