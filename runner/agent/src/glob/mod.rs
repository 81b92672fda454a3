//! Patterns of names of files: Go's `filepath.Match` for workspaces, and the richer ones of `circleci tests glob`.

mod brace;
mod component;
mod walk;

pub use component::Dialect;
pub use walk::{expand, is_pattern};
