//! Tests of the whole, from outside. See `docs/testing.md`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod forge_trouble;
mod intake;
mod push;
mod scenario;
