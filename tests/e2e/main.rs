//! Tests of the whole, from outside. See `docs/testing.md`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod dashboard;
mod docker;
mod forge_trouble;
mod intake;
mod machine;
mod push;
mod readopt;
mod scenario;
