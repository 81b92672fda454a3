//! The Docker executor: a container whose main process is the task agent, and other containers in its network: services,
//! and a Docker daemon of the job's own.
//!
//! Nothing is ever run through `docker exec`, and no file passes through Docker's archive endpoints: the agent and the
//! spool are bind mounts.
//!
//! | module | what |
//! | --- | --- |
//! | `run` | the life of a task's containers, by the contract of executors |
//! | `start` | brings them up: images, containers, the agent's task |
//! | `container` | how each of them is made |
//! | `remote` | the Docker daemon of the job's own |
//! | `layers` | what is kept of its data for later jobs |
//! | `image` | images and their registries |
//! | `pipe` | holds the first step back until everything runs |
//! | `connection` | the way to the host's daemon |

mod connection;
mod container;
mod image;
mod layers;
mod pipe;
mod remote;
mod run;
mod start;

pub use run::DockerExecutor;
