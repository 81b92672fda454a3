//! Workflows: graphs of jobs, each an attempt at a workflow of the configuration.

mod cancel;
mod create;
mod due;
mod fold;
mod read;
mod rerun;
mod row;

pub use cancel::cancel;
pub(crate) use create::create;
pub use due::{clear_due, defer, has_due, look_again_at, mark_due, next_due, next_due_at};
pub(crate) use due::{mark_due_after_success, mark_reusers_due, wake_if_marked};
pub(crate) use fold::refold;
pub(crate) use read::is_superseded;
pub use read::{find_rerun, get, list_attempts, list_by_pipeline};
pub use rerun::{MOST_RERUNS, Rerun, rerun, rerun_automatically};
pub use row::{RerunKind, Workflow};
