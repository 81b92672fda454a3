//! Executors: who gives a task its environment.

mod contract;
pub mod docker;
pub mod dummy;
pub mod machine;
mod set;

pub use contract::{EnvironmentEnd, Executor, SpinUpError, TaskSpec};
pub use set::Executors;
