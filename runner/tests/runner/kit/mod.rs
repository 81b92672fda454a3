//! What the tests share: a server in memory, assignments, and a runner in a directory of its own.

mod job;
mod server;

pub use job::{Job, TestRunner};
pub use server::{FakeServer, Record};
