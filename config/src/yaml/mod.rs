//! YAML as CircleCI reads it, as nodes that know their place.

mod build;
mod merge;
mod node;
mod parse;
mod repair;
mod scalar;
mod write;

pub(crate) use node::{Entry, Kind, Map, Node, short};
pub(crate) use parse::parse;
pub(crate) use scalar::{Resolved, Scalar, boolean, integer};
pub(crate) use write::write;
