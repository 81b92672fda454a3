//! From blocked to queued: decides what happens next in the workflows that are due.
//!
//! [`decide`] is a pure function of the jobs' states, of the queues of their serial groups, and of what is known about
//! reruns; the worker reads them, lets it decide and writes what it decided, in one transaction. Nothing is remembered
//! between two looks, so a look too many does no harm.

mod auto_rerun;
mod decide;
mod foretell;
mod load;
mod requires;
mod serial;
mod worker;

pub use auto_rerun::AutoReruns;
pub use decide::{Decided, Decision, Graph, Node, Reused, decide};
pub use foretell::foretell;
pub use load::group_key;
pub use serial::{Place, Queues};
pub use worker::{SERIAL_GROUP_TIMEOUT_MS, SchedulerWorker};

#[cfg(test)]
mod tests;
