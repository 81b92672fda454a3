//! Tests of the whole, from outside. See `docs/testing.md`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod actions;
mod api;
mod cancel;
mod continuation;
mod dashboard;
mod data;
mod demo;
mod docker;
mod forge_trouble;
mod intake;
mod machine;
mod orbs;
mod process;
mod push;
mod readopt;
mod reliability_forge;
mod reliability_hostile;
mod reliability_kill;
mod reliability_runner;
mod retention;
mod scenario;
mod schedule;
mod secrets;
mod trigger;
