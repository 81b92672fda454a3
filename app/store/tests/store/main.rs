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
mod retention;
mod rerun;
mod secret;
mod status;
mod task;
mod transition;
