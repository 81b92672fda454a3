//! Dispatch over real rows.

mod assemble;
mod claim;
pub(crate) mod kit;
mod queue;
mod reap;
mod report;
