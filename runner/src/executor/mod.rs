//! Executors: who gives a task its environment.

mod contract;
#[cfg(target_os = "linux")]
pub mod docker;
#[cfg(not(target_os = "linux"))]
#[path = "no_docker.rs"]
pub mod docker;
pub mod dummy;
pub mod machine;
mod set;

pub use contract::{EnvironmentEnd, Executor, SpinUpError, TaskSpec};
pub use set::Executors;
