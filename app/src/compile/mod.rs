//! Turns pending pipelines into workflows and jobs: pipeline row in, workflow and job rows out.
//!
//! A pipeline that names a branch or a tag and no commit is brought to one first: the forge is asked. A configuration with
//! `setup: true` makes workflows as any other, and then its pipeline waits for a continuation, which comes back here.

mod fetch;
mod inputs;
mod orbs;
mod schedules;
mod values;
mod worker;

pub use inputs::{declared_parameters, of as inputs_of};
pub use values::values;
pub use worker::CompileWorker;
