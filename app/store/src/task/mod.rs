//! Tasks: parallel runs of jobs, claimed by runners under a lease.
//!
//! A task is made when its job is queued and is never deleted. Each claim raises its [`Epoch`](model::protocol::Epoch) and
//! has a token of its own; a call with an older epoch is refused by the caller of this module.

mod claim;
mod end;
mod read;
mod row;
mod write;

pub use claim::{Claim, claim, postpone, unclaim};
pub use end::{end, finish};
pub(crate) use end::{end_with_job, request_cancel, settle_job};
pub use read::{count_queued, get, list_by_job, list_running, queue_depths};
pub use row::{Task, TaskState};
pub(crate) use write::create_all;
pub use write::{advance, renew, shorten};
