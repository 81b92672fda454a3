//! The directory that is shared with the runner (the contract is [`model::agent`]).

mod directory;
mod event_log;
mod log;
mod sync;
mod task;

pub use directory::Spool;
pub use log::Log;
pub use task::{NoTask, take_task};
