//! The runner against a server in memory: with the dummy executor, on the host, and in real containers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cause;
mod client;
mod docker;
mod dummy;
mod kit;
mod machine;
mod redact;
mod registry;
mod remote_docker;
mod service;
mod stuck;
