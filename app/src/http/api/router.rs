//! The routes of the API.

use axum::{Router, extract::DefaultBodyLimit, routing::post};

use super::{continuation, state::ApiState};

/// The routes of the API, below `/api/v2`.
pub fn router(state: ApiState) -> Router {
    let limit = DefaultBodyLimit::max(continuation::BODY_LIMIT_BYTES);
    Router::new().route("/pipeline/continue", post(continuation::receive).layer(limit)).with_state(state)
}
