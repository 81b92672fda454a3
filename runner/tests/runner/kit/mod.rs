//! What the tests share: a server in memory, assignments, and a runner in a directory of its own.

mod docker;
mod job;
mod registry;
mod server;

pub use docker::{BUSYBOX, REMOTE_DOCKER, ask, containers, docker, docker_with, make};
pub use job::{Job, TestRunner};
pub use registry::{Registry, robot};
pub use server::{FakeServer, Record};
