//! The addresses.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post, put},
};

use store::Store;

use super::{claim, log, task};
use crate::{clock::Clock, dispatch::Dispatch, log::Logs};

/// The largest body of a call.
const BODY_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct RunnerState {
    /// The rows.
    pub store: Store,
    /// The time, where a runner does not tell its own.
    pub clock: Clock,
    /// Gives tasks and takes reports.
    pub dispatch: Dispatch,
    /// Takes output.
    pub logs: Logs,
}

/// The runner protocol, to be mounted under `/api/runner/v1`.
pub fn router(state: RunnerState) -> Router {
    Router::new()
        .route("/claim", post(claim::claim))
        .route("/tasks/{id}", get(task::get))
        .route("/tasks/{id}/renew", post(task::renew))
        .route("/tasks/{id}/events", post(task::report))
        .route("/tasks/{id}/unclaim", post(task::unclaim))
        .route("/tasks/{id}/logs/{step}/{attempt}", put(log::append))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(state)
}
