//! Dispatch over real rows.
#![expect(clippy::unwrap_used, reason = "tests")]

mod assemble;
mod claim;
pub(crate) mod kit;
mod reap;
mod report;
