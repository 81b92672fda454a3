//! Where the jobs of a workflow stand in its graph: columns by longest path, edges as SVG paths between them.
//!
//! Pages hold no inline style, so every place is a multiple of one unit for which the style sheet has a class: a node is
//! `n` units high less a gap (`h3`), and starts `n` units below the one above it (`s2`).

mod layout;
#[cfg(test)]
mod tests;

pub use layout::{Layout, Node, Place, layout};
