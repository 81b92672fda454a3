//! Data of jobs: caches, workspaces, artifacts, test results. The addresses are those of [`model::blob`].

use std::io;

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt};
use model::blob::{FailedTests, KEY_HEADER, Timings, Workspace};
use serde::Deserialize;

use super::{auth::FromTask, error::Refusal, router::RunnerState};
use crate::{
    blob::Content,
    dispatch::{self, DispatchError, FoundCache, Saved},
};

type Parameters = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The values of a parameter, in their order.
fn all(parameters: Parameters, name: &str) -> Result<Vec<String>, DispatchError> {
    let Query(parameters) = parameters.map_err(|error| DispatchError::Refused(error.body_text()))?;
    Ok(parameters.into_iter().filter_map(|(found, value)| (found == name).then_some(value)).collect())
}

/// The one value of a parameter.
fn one(parameters: Parameters, name: &str) -> Result<String, DispatchError> {
    let mut values = all(parameters, name)?;
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(value),
        (Some(_) | None, _) => Err(DispatchError::Refused(format!("the address needs one parameter `{name}`"))),
    }
}

fn incoming(body: Body) -> dispatch::Body {
    body.into_data_stream().map_err(io::Error::other).boxed()
}

fn outgoing(content: Content) -> Response {
    let Content { size_bytes, chunks } = content;
    let headers = [(CONTENT_LENGTH, size_bytes.to_string()), (CONTENT_TYPE, "application/octet-stream".to_owned())];
    (headers, Body::from_stream(chunks)).into_response()
}

/// `GET /tasks/{id}/blobs/cache?key=…&key=…`.
pub(super) async fn find_cache(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let Some(FoundCache { key, content }) = api.data.find_cache(&task, &all(parameters, "key")?).await? else {
        return Err(DispatchError::NotFound("a cache with one of these keys".to_owned()).into());
    };
    let mut response = outgoing(content);
    let key = HeaderValue::try_from(encoded(&key)).map_err(|error| DispatchError::Internal(error.into()))?;
    response.headers_mut().insert(KEY_HEADER, key);
    Ok(response)
}

/// `HEAD /tasks/{id}/blobs/cache?key=…`.
pub(super) async fn has_cache(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    parameters: Parameters,
) -> Result<StatusCode, Refusal> {
    Ok(match api.data.has_cache(&task, &one(parameters, "key")?).await? {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    })
}

/// `PUT /tasks/{id}/blobs/cache?key=…`.
pub(super) async fn save_cache(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    parameters: Parameters,
    body: Body,
) -> Result<StatusCode, Refusal> {
    Ok(match api.data.save_cache(&task, &one(parameters, "key")?, incoming(body)).await? {
        Saved::New => StatusCode::CREATED,
        Saved::Before => StatusCode::OK,
    })
}

/// `GET /tasks/{id}/blobs/workspace`.
pub(super) async fn workspace(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
) -> Result<Json<Workspace>, Refusal> {
    Ok(Json(api.data.workspace(&task).await?))
}

#[derive(Deserialize)]
pub(super) struct Layer {
    layer: String,
}

/// `GET /tasks/{id}/blobs/workspace/{layer}`.
pub(super) async fn layer(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    Path(Layer { layer }): Path<Layer>,
) -> Result<Response, Refusal> {
    let id = layer.parse().map_err(|_| DispatchError::NotFound(format!("layer `{layer}`")))?;
    Ok(outgoing(api.data.layer(&task, id).await?))
}

/// `PUT /tasks/{id}/blobs/workspace`.
pub(super) async fn persist(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    body: Body,
) -> Result<StatusCode, Refusal> {
    api.data.persist(&task, incoming(body)).await?;
    Ok(StatusCode::CREATED)
}

/// `PUT /tasks/{id}/blobs/artifact?path=…`.
pub(super) async fn put_artifact(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    parameters: Parameters,
    body: Body,
) -> Result<StatusCode, Refusal> {
    api.data.put_artifact(&task, &one(parameters, "path")?, incoming(body)).await?;
    Ok(StatusCode::CREATED)
}

/// `PUT /tasks/{id}/blobs/test-results?path=…`.
pub(super) async fn put_test_results(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
    parameters: Parameters,
    body: Body,
) -> Result<StatusCode, Refusal> {
    api.data.put_test_results(&task, &one(parameters, "path")?, incoming(body)).await?;
    Ok(StatusCode::CREATED)
}

/// `GET /tasks/{id}/blobs/timings`.
pub(super) async fn timings(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
) -> Result<Json<Timings>, Refusal> {
    Ok(Json(api.data.timings(&task).await?))
}

/// `GET /tasks/{id}/blobs/failed-tests`.
pub(super) async fn failed_tests(
    State(api): State<RunnerState>,
    FromTask { task, token: _ }: FromTask,
) -> Result<Json<FailedTests>, Refusal> {
    let failed = api.data.failed_tests(&task).await?;
    let failed = failed.ok_or_else(|| DispatchError::NotFound("failed tests of an earlier run".to_owned()))?;
    Ok(Json(failed))
}

/// Percent-encoded, as a value of a query is.
fn encoded(key: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            byte => write!(encoded, "%{byte:02X}").expect("a String takes any text"),
        }
    }
    encoded
}
