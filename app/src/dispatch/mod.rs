//! From queued to ended: gives tasks to runners, takes their word for what happens, and notices when they are lost.
//!
//! A runner has a task under a lease, with a token that is bound to one claim of it (its *epoch*). A call with the token of
//! an older claim is refused: that runner is fenced and must stop.

mod assemble;
mod blob;
mod checkout;
mod claim;
mod continuation;
mod environment;
mod error;
mod gather;
mod group;
mod hindrance;
mod lease;
mod limit;
mod oidc;
mod queue;
mod reap;
mod registry;
mod report;
mod restriction;
mod token;

pub use blob::{Body, FoundCache, JobData, Limits, Saved};
pub use claim::{Dispatch, Terms};
pub use error::DispatchError;
pub use lease::{LEASE_MS, LOST_AFTER_MS, MAX_UNCLAIMS};
pub use limit::{LimitChange, LimitInForce, LimitOf, LimitOrigin, change_limit, list_limits};
pub use oidc::{Issuer, TokenOrder};
pub use queue::{Queue, Unserved, blocked};
pub use reap::ReapWorker;
pub use token::create_runner_token;

#[cfg(test)]
pub(crate) mod tests;
