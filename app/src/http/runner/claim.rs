//! Asking for work.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::protocol::ClaimRequest;

use super::{auth::FromRunner, error::Refusal, router::RunnerState, task::body, task::with_logs};

/// `POST /claim`: an assignment, or 204 when there was none in time.
pub(super) async fn claim(
    State(api): State<RunnerState>,
    FromRunner(token): FromRunner,
    request: Result<Json<ClaimRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let request = body(request)?;
    Ok(match api.dispatch.claim(token, &request).await? {
        Some((task, assignment)) => Json(with_logs(&api, &task, assignment).await?).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
