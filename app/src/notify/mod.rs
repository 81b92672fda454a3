//! Brings what the rows wish for to the world: commit statuses to forges.

mod backoff;
mod commit_status;

pub use commit_status::NotifyWorker;
