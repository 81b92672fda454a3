//! A spool directory, a task, and what the agent made of it.

mod blobs;
mod git;
mod sshd;
mod task;

pub use blobs::Blobs;
pub use git::{GitServer, Repository};
pub use sshd::{Sshd, ssh_key};
pub use task::{Ended, Task, run, step};
