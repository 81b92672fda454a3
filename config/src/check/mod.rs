//! Findings about a workflow as a graph.

mod graph;
mod names;

pub(crate) use graph::{Edge, cycle, requires};
pub(crate) use names::number;
