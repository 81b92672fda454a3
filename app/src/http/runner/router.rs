//! The addresses.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post, put},
};

use super::{blob, claim, log, oidc, task};
use crate::{
    clock::Clock,
    dispatch::{Dispatch, JobData},
    log::Logs,
};

/// The largest body of a call.
const BODY_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct RunnerState {
    /// The time, where a runner does not tell its own.
    pub clock: Clock,
    /// Gives tasks and takes reports.
    pub dispatch: Dispatch,
    /// Takes output.
    pub logs: Logs,
    /// Takes and gives what jobs keep.
    pub data: JobData,
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
        // Their bodies are streams, each with a limit of its own.
        .route("/tasks/{id}/blobs/cache", get(blob::find_cache).head(blob::has_cache).put(blob::save_cache))
        .route("/tasks/{id}/blobs/workspace", get(blob::workspace).put(blob::persist))
        .route("/tasks/{id}/blobs/workspace/{layer}", get(blob::layer))
        .route("/tasks/{id}/blobs/artifact", put(blob::put_artifact))
        .route("/tasks/{id}/blobs/test-results", put(blob::put_test_results))
        .route("/tasks/{id}/blobs/timings", get(blob::timings))
        .route("/tasks/{id}/blobs/failed-tests", get(blob::failed_tests))
        .route(&format!("/tasks/{{id}}{}", model::oidc::PATH), get(oidc::token))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(state)
}
