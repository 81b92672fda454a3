//! The blob store: bytes of caches, workspaces and artifacts, by kind and id. What they are is in rows.
//!
//! A blob is written as a whole or not at all, and never changes. Its length and SHA-256 are taken while it comes in, kept in
//! its row, and checked while it goes out: a reader gets the last bytes only when all of them are right.

mod key;
mod list;
mod read;
mod shelf;
#[cfg(test)]
mod tests;

pub use key::{BlobKey, BlobKind};
pub use read::Content;
pub use shelf::{BlobError, Blobs, Stored};
