//! The runner: claims tasks from a server, gives each an environment, and brings what the task agent tells in it back.
//!
//! | module | what |
//! | --- | --- |
//! | [`settings`], [`resource`] | what the administrator decides |
//! | [`server`], [`client`] | the server, and the server over HTTP |
//! | [`poll`] | claims while there is capacity; takes up what an earlier process left |
//! | `task`, `lease` | one task from claim to end; the lease on it |
//! | [`executor`] | Docker, the host itself, and one for tests |
//! | `spool`, [`redact`], `report` | reads what the agent writes, masks it, and brings it to the server |
//! | `blob` | a job's way for its caches, workspaces, artifacts and test results |
//! | `forward` | a container's way to a forge on this host |
//! | [`os`] | what differs between Linux, macOS and Windows |
//! | [`directory`], [`own`] | a task's files; the runner's own step, "Spin up environment" |
//!
//! The runner is always the client, and every number that it counts with survives it: a runner that was killed goes on
//! where the server says that it stopped.

mod agent_binary;
mod agent_file;
mod blob;
pub mod client;
pub mod directory;
pub mod executor;
mod forward;
#[cfg(target_os = "linux")]
mod identity;
mod lease;
pub mod os;
pub mod own;
pub mod poll;
pub mod redact;
mod report;
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only containers get a share of the host"))]
pub mod resource;
mod retry;
pub mod server;
pub mod settings;
mod slot;
mod spool;
mod task;

pub use blob::Upstream;
pub use client::HttpServer;
pub use directory::{TaskDirectory, TaskKey};
pub use executor::{EnvironmentEnd, Executor, Executors, SpinUpError, TaskSpec};
pub use own::SpinUpLog;
pub use poll::{Runner, Stops};
pub use server::{LogChunk, Server, ServerError, TaskCredentials};
pub use settings::RunnerSettings;
