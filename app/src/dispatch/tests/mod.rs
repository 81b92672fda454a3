//! Dispatch over real rows.

mod assemble;
mod claim;
pub(crate) mod kit;
mod reap;
mod report;
