//! Tests of the whole, from outside. See `docs/testing.md`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod actions;
mod api;
mod api_bodies;
mod cancel;
mod continuation;
mod dashboard;
mod data;
mod demo;
mod disk;
mod docker;
mod forge_trouble;
mod groups;
mod intake;
mod login;
mod machine;
mod oidc;
mod operator_pages;
mod orbs;
mod pages;
mod process;
mod push;
mod readopt;
mod reliability_forge;
mod reliability_hostile;
mod reliability_kill;
mod reliability_runner;
mod remote_docker;
mod rerun;
mod retention;
mod retention_blobs;
mod scenario;
mod schedule;
mod secrets;
mod trigger;
