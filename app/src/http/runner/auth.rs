//! Who calls.

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use model::{id::TaskId, protocol::TaskToken};
use store::{runner::RunnerTokenId, task::Task};

use super::{error::Refusal, router::RunnerState};
use crate::dispatch::DispatchError;

/// A call with a runner's token.
pub(super) struct FromRunner(pub(super) RunnerTokenId);

impl FromRequestParts<RunnerState> for FromRunner {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &RunnerState) -> Result<Self, Refusal> {
        Ok(Self(api.dispatch.authenticate_runner(bearer(&parts.headers)?).await?))
    }
}

/// A call with a task's token.
pub(super) struct FromTask {
    pub(super) task: Task,
    pub(super) token: TaskToken,
}

impl FromRequestParts<RunnerState> for FromTask {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &RunnerState) -> Result<Self, Refusal> {
        let token = TaskToken::new(bearer(&parts.headers)?.to_owned());
        // Logs have more in their path than the task.
        let Path(path) = Path::<Vec<(String, String)>>::from_request_parts(parts, api)
            .await
            .map_err(|_| DispatchError::NotFound("this address".to_owned()))?;
        let id = path.iter().find(|(name, _)| name == "id").map(|(_, id)| id.as_str()).unwrap_or_default();
        let id: TaskId = id.parse().map_err(|_| DispatchError::NotFound(format!("task `{id}`")))?;
        let task = api.dispatch.authenticate_task(id, &token).await?;
        Ok(Self { task, token })
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, DispatchError> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(DispatchError::Unauthorized)
}
