//! The store on real SQLite.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cancel;
mod claim;
mod inbox;
mod keep;
mod kit;
mod migration;
mod open;
mod people;
mod pipeline;
mod queue;
mod rerun;
mod retention;
mod runner;
mod secret;
mod status;
mod task;
mod transition;
mod writer;
