//! `POST /hooks/custom/{id}`: another program starts a pipeline.
//!
//! The secret comes as `?secret=…`, as CircleCI has it, or as `Authorization: Bearer …`, which stays out of the logs of
//! whatever stands in between. A call that is repeated starts a second pipeline: its sender gives it no id.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use store::Store;
use tokio::sync::Semaphore;
use tracing::error;
use uuid::Uuid;

use super::{
    answer::Refused,
    body::{self, MEMORY_LIMIT_KIB, Received},
};
use crate::{
    clock::Clock,
    trigger::{TriggerError, webhook},
};

/// What the door needs. Clones share it.
#[derive(Clone, Debug)]
pub struct CustomHookState {
    store: Store,
    clock: Clock,
    /// Counts the KiB of all bodies in memory.
    memory: Arc<Semaphore>,
}

impl CustomHookState {
    /// A door to these rows.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, memory: Arc::new(Semaphore::new(MEMORY_LIMIT_KIB)) }
    }
}

#[derive(Deserialize)]
pub(super) struct Secret {
    secret: Option<String>,
}

/// Checks the secret, reads the body, starts the pipeline, answers.
pub(super) async fn receive(
    State(state): State<CustomHookState>,
    Path(id): Path<String>,
    Query(query): Query<Secret>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, body) = request.into_parts();
    let secret = bearer(&parts.headers).map(str::to_owned).or(query.secret).unwrap_or_default();
    let id = id.parse::<Uuid>().unwrap_or_default();
    let webhook = webhook::authenticate(&state.store, id, &secret).await.map_err(refuse)?;
    let received = body::read(&parts.headers, body, &state.memory).await.map_err(IntoResponse::into_response)?;
    let Received { bytes, memory: _memory } = received;
    if bytes.len() > webhook::BODY_LIMIT_BYTES {
        return Err(say(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 256 KiB"));
    }
    // It is text in a configuration; a body that is none says nothing there.
    let text = std::str::from_utf8(&bytes).map_err(|_| say(StatusCode::BAD_REQUEST, "the body is not UTF-8 text"))?;
    let pipeline = webhook::start(&state.store, &state.clock, &webhook, text).await.map_err(refuse)?;
    let answer = json!({ "message": "stored", "id": pipeline.id, "number": pipeline.number });
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

fn refuse(error: TriggerError) -> Response {
    match error {
        TriggerError::NotFound(message) => say(StatusCode::UNAUTHORIZED, &message),
        TriggerError::Refused(message) => say(StatusCode::BAD_REQUEST, &message),
        TriggerError::Store(store) => {
            error!("A custom webhook could not start its pipeline: {store}");
            Refused::NotStored(store).into_response()
        }
    }
}

fn say(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
