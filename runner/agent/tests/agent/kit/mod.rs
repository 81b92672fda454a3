//! A spool directory, a task, and what the agent made of it.

mod git;
mod task;

pub use git::{GitServer, Repository};
pub use task::{Ended, Task, run};
