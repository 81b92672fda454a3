//! What is old enough to go, and deleting it: in pages, the oldest first.
//!
//! Nothing here touches a blob or a log file. Rows go first; whoever deleted them deletes the bytes then, and what a crash
//! leaves is found with [`list_known`]: bytes that no row speaks of.

mod delete;
mod green;
mod known;
mod list;
mod total;

pub use delete::{
    Bytes, delete_artifacts, delete_caches, delete_deliveries, delete_pipeline, delete_workspaces, forget_logs,
};
pub use green::is_last_green;
pub use known::list_known;
pub use list::{Cursor, Item, Rule, list};
pub use total::{count_pipelines, total_bytes};

/// What is kept for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Files that jobs stored.
    Artifacts,
    /// Layers of workspaces.
    Workspaces,
    /// Caches.
    Caches,
    /// Output of steps; the unit is a job.
    Logs,
    /// Webhooks as they came in.
    Deliveries,
    /// Pipelines, with everything that hangs on them.
    Pipelines,
}

impl Kind {
    /// Every kind, what is largest first.
    pub const ALL: [Self; 6] =
        [Self::Artifacts, Self::Workspaces, Self::Caches, Self::Logs, Self::Deliveries, Self::Pipelines];

    /// Its name, in settings and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artifacts => "artifacts",
            Self::Workspaces => "workspaces",
            Self::Caches => "caches",
            Self::Logs => "logs",
            Self::Deliveries => "deliveries",
            Self::Pipelines => "pipelines",
        }
    }
}
