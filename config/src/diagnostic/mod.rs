//! What is wrong with a configuration, and how people get to read it.

mod code;
mod label;
mod render;
mod report;
mod sink;
pub(crate) mod suggest;

pub use code::Code;
pub use label::{Excerpt, Label};
pub use report::{Diagnostic, Severity};
pub(crate) use sink::{Report, Sink};
