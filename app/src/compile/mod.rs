//! Turns pending pipelines into workflows and jobs: pipeline row in, workflow and job rows out.

mod inputs;
mod orbs;
mod worker;

pub use worker::CompileWorker;
