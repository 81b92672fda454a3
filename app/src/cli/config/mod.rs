//! `roundhouse config …`: the configuration language, by hand.

mod command;
mod eval;
mod explain;
mod format;
mod input;
mod pack;
mod process;
mod schema;
mod validate;

pub use command::Config;
pub use format::Format;
pub use input::{Input, InputFlags};
pub(super) use input::{parameter, read_source};
pub(super) use validate::{report, summary};
