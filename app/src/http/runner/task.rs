//! What a runner says and asks of a task that it has.

use std::io;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
};
use model::{
    event::TaskEventKind,
    protocol::{Assignment, EventAck, EventReport, Renewal, Unclaim, WholeLog},
};
use store::task::Task;

use super::{auth::FromTask, error::Refusal, router::RunnerState};
use crate::{dispatch::DispatchError, log::LogKey};

/// `GET /tasks/{id}`: the assignment, with what the server has of it by now.
pub(super) async fn get(
    State(api): State<RunnerState>,
    FromTask { task, token }: FromTask,
) -> Result<Json<Assignment>, Refusal> {
    let assignment = api.dispatch.assignment(&task, token).await?;
    Ok(Json(with_logs(&api, &task, assignment).await?))
}

/// `POST /tasks/{id}/renew`.
pub(super) async fn renew(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
) -> Result<Json<Renewal>, Refusal> {
    Ok(Json(api.dispatch.renew(&task).await?))
}

/// `POST /tasks/{id}/events`.
pub(super) async fn report(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    report: Result<Json<EventReport>, JsonRejection>,
) -> Result<Json<EventAck>, Refusal> {
    let EventReport { events, logs } = body(report)?;
    let not_stored = |error: io::Error| DispatchError::Unavailable(format!("the server cannot store the log: {error}"));
    // An ended step never has a short log, whatever happens to the machine.
    for event in &events {
        if let TaskEventKind::StepEnded { key, .. } = &event.kind
            && !logs.iter().any(|log| log.key == *key)
        {
            api.logs.sync(LogKey::of(&task, *key)).await.map_err(not_stored)?;
        }
    }
    for WholeLog { key, at, text } in logs {
        api.logs.store_whole(LogKey::of(&task, key), text.into(), at).await.map_err(not_stored)?;
    }
    Ok(Json(api.dispatch.report(&task, &events).await?))
}

/// `POST /tasks/{id}/unclaim`.
pub(super) async fn unclaim(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    unclaim: Result<Json<Unclaim>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let Unclaim { reason } = body(unclaim)?;
    api.dispatch.unclaim(&task, &reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds what the server has of the task's logs.
pub(super) async fn with_logs(
    api: &RunnerState,
    task: &Task,
    mut assignment: Assignment,
) -> Result<Assignment, DispatchError> {
    let sizes = api.logs.sizes(task).await;
    assignment.progress.logs = sizes.map_err(|error| DispatchError::Internal(error.into()))?;
    Ok(assignment)
}

/// A body that can be read, or 422 with what is wrong with it.
pub(super) fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, DispatchError> {
    body.map(|Json(body)| body).map_err(|error| DispatchError::Refused(error.body_text()))
}
