//! What Linux and macOS have in common.

mod child;
pub mod files;
mod passwd;
pub mod pipe;
pub mod programs;
mod signal;
mod tree;

pub use child::Processes;
pub use signal::{block_signals, leave_session, wait_to_be_told};
pub use tree::{Alive, Process, Scope, is_init};
