//! Findings about what runs as a whole: the graph of a workflow, names, secrets.

mod graph;
mod names;
mod secret;
mod serial;

pub(crate) use graph::{Edge, cycle, requires};
pub(crate) use names::number;
pub(crate) use secret::{plain_password, plain_secrets};
pub(crate) use serial::serial_groups;
