//! The task agent as a program: real processes on this host.

#![expect(clippy::unwrap_used, reason = "tests")]

mod kit;

mod artifacts;
mod background;
mod cache;
mod checkout;
mod command;
mod contract;
mod ending;
mod environment;
mod halt;
mod rerun;
mod run;
mod ssh;
mod workspace;
