//! The door for runners: `/api/runner/v1`, described in `docs/runner-protocol.md`.
//!
//! Every refusal has the body `{"message": …}`, so that a runner can tell the server's own 404 from a proxy's.

mod auth;
mod blob;
mod claim;
mod error;
mod log;
mod oidc;
mod router;
mod task;

pub use router::{RunnerState, router};

#[cfg(test)]
mod tests;
