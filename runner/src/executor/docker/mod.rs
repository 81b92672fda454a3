//! The Docker executor: a container whose main process is the task agent, and service containers in its network.
//!
//! Nothing is ever run through `docker exec`, and no file passes through Docker's archive endpoints: the agent and the
//! spool are bind mounts.

mod connection;
mod container;
mod image;
mod run;
mod service;

pub use run::DockerExecutor;
