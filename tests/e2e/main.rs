//! Tests of the whole, from outside. See `docs/testing.md`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod push;
