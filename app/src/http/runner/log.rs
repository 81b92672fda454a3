//! Bytes of logs.

use std::io::ErrorKind;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State, rejection::BytesRejection},
    http::HeaderMap,
};
use model::{
    event::StepKey,
    protocol::{LOG_TIME_HEADER, LogAck},
    time::Timestamp,
};
use serde::Deserialize;

use super::{auth::FromTask, error::Refusal, router::RunnerState};
use crate::{dispatch::DispatchError, log::LogKey};

#[derive(Deserialize)]
pub(super) struct Offset {
    offset: u64,
}

#[derive(Deserialize)]
pub(super) struct Step {
    step: u32,
    attempt: u32,
}

/// `PUT /tasks/{id}/logs/{step}/{attempt}?offset=N`: appends where `N` is what the server has, and tells what it has.
pub(super) async fn append(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    Path(Step { step, attempt }): Path<Step>,
    Query(Offset { offset }): Query<Offset>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<LogAck>, Refusal> {
    let bytes = bytes.map_err(|error| DispatchError::Refused(error.body_text()))?;
    let at = headers.get(LOG_TIME_HEADER).and_then(|at| at.to_str().ok()?.parse().ok());
    let at = at.map_or_else(|| api.clock.now(), Timestamp::from_millis);
    let key = LogKey::of(&task, StepKey { step, attempt });
    let have = api.logs.append(key, offset, bytes, at).await;
    let have = have.map_err(|error| match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            DispatchError::Unavailable(format!("the server cannot store the log: {error}"))
        }
        _ => DispatchError::Internal(error.into()),
    })?;
    Ok(Json(LogAck { have }))
}
