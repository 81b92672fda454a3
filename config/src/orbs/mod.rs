//! Orbs that the caller has, and orbs that the compiler asks for.

mod reference;
mod shelf;
mod version;

pub use reference::OrbRef;
pub use shelf::Orbs;
pub use version::{InvalidOrbVersion, OrbVersion};
