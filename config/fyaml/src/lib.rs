//! One document of a directory of fragments (FYAML), as `circleci config pack` and `circleci orb pack` make it.

mod directory;
mod include;
mod read;
mod tree;
mod write;

pub use directory::{pack_config, pack_orb};
pub use read::parse;
pub use tree::{Scalar, Tree};
pub use write::write;

#[cfg(test)]
mod tests;
