//! Literal jobs and workflows to `model::plan`.

mod duration;
mod environment;
mod executor;
mod filter;
mod job;
mod schedule;
mod step;
mod words;
mod workflow;

pub(crate) use job::check_job;
pub(crate) use workflow::{Lowered, lower};
