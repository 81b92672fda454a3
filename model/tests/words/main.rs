//! The words, as tables.

mod job;
mod project;
mod protocol;
mod sentence;
mod workflow;
mod zone;
