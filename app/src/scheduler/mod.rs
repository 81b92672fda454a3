//! From blocked to queued: decides what happens next in the workflows that are due.
//!
//! [`decide`] is a pure function of the jobs' states; the worker reads them, lets it decide and writes what it decided, in
//! one transaction. Nothing is remembered between two looks, so a look too many does no harm.

mod decide;
mod requires;
mod worker;

pub use decide::{Decision, Graph, Node, decide};
pub use worker::SchedulerWorker;

#[cfg(test)]
mod tests;
