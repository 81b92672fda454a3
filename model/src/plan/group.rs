//! Job groups: jobs that a workflow uses like one.

use serde::{Deserialize, Serialize};

/// Where a job stands in a job group. The workflow has one entry and one exit for each use of a group, both of the type
/// `no-op`: what the use requires is required by the entry, the group's first jobs require the entry, the exit requires
/// the group's last jobs, and who requires the group requires the exit.
///
/// A `serial-group` of the use stands at the entry. Its lock is taken when the entry starts, and released when all jobs
/// with the same [`JobGroup::name`] in the workflow have ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobGroup {
    /// The name under which the workflow uses the group: unique in the workflow.
    pub name: String,
    /// What the job is in it.
    pub role: GroupRole,
}

/// What a job is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRole {
    /// Stands before all of its jobs.
    Entry,
    /// One of its jobs.
    Member,
    /// Stands behind all of its jobs: succeeds when they have.
    Exit,
}
