//! Orbs: where their sources come from, and how they are put together.
//!
//! The compiler asks for the orbs that it lacks; [`OrbSources`] finds them: in a directory of files, on a [`Shelf`] (the
//! server's rows, or files in the user's cache), at the registry, or at an address that is allowed. [`Gathered`] collects
//! them over the rounds of one compilation. The crate `fyaml` makes one
//! document of a directory of fragments.

mod directory;
mod error;
mod gather;
mod guard;
mod registry;
mod shelf;
mod sources;
mod url;
mod version;

pub use directory::OrbDirectory;
pub use error::OrbError;
pub use gather::Gathered;
pub use registry::{Registry, RegistryOrb};
pub use shelf::{Kept, Shelf};
pub use sources::{Fetched, OrbSources, sha256};
pub use version::compare_versions;
