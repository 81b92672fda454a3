//! Reusable configuration: from what is declared to literal jobs and steps.

mod argument;
mod condition;
mod env;
mod executor;
mod group;
mod instance;
mod job;
mod matrix;
mod namespace;
mod orb;
mod requirement;
mod scope;
mod shell;
mod step;
mod substitute;
mod workflow;

pub(crate) use env::Env;
pub(crate) use executor::{KINDS, environment_entries};
pub(crate) use instance::{Instance, InstanceKind};
pub(crate) use job::Job;
pub(crate) use orb::{Library, load};
pub(crate) use requirement::Requirement;
pub(crate) use step::{Call, Step};
pub(crate) use workflow::{Workflow, workflows};
