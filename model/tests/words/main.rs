//! The words, as tables.
#![expect(clippy::unwrap_used, reason = "tests")]

mod job;
mod project;
mod protocol;
mod sentence;
mod workflow;
