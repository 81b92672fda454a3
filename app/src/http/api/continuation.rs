//! `POST /pipeline/continue`: a setup workflow's job sends the configuration that it made. The key in the body is the right to
//! do so; nobody has to be logged in. The answers are CircleCI's, which scripts and orbs show to people as they are.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::error;

use super::ApiState;
use crate::trigger::{TriggerError, continuation};

/// The largest body: a configuration of 3 MiB, written as JSON.
pub(super) const BODY_LIMIT_BYTES: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ContinueBody {
    continuation_key: String,
    configuration: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

/// Reads the body whatever type it is said to have: people write this call by hand.
pub(super) async fn receive(State(state): State<ApiState>, body: Bytes) -> Response {
    let body: ContinueBody = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => return say(StatusCode::BAD_REQUEST, &format!("The body is not what it should be: {error}.")),
    };
    let ContinueBody { continuation_key, configuration, parameters } = body;
    let parameters = parameters.unwrap_or_default();
    match continuation::continue_pipeline(&state.store, &state.clock, &continuation_key, &configuration, parameters)
        .await
    {
        Ok(_) => say(StatusCode::OK, "Pipeline continued"),
        Err(TriggerError::NotFound(message)) => say(StatusCode::NOT_FOUND, &message),
        Err(TriggerError::Refused(message)) => say(StatusCode::BAD_REQUEST, &message),
        Err(TriggerError::Store(error)) => {
            error!("A pipeline could not be continued: {error}");
            say(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
        }
    }
}

fn say(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
