//! Routes, failures, the record of requests.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State as Extract},
    http::{Response, StatusCode},
    middleware::{self, Next},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::json;

use super::{
    content, member,
    state::{State, TOKEN},
    status,
};
use crate::{
    Failure,
    backend::{self, BasicAuth, GitRequest},
    github::RequestRecord,
};

/// Bigger requests than anything that is sent here.
const BODY_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// The whole forge.
pub(super) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/version", get(content::version))
        .route("/projects/{id}", get(content::project))
        .route("/projects/{id}/members/all/{user}", get(member::member))
        .route("/groups/{path}/members/all/{user}", get(member::in_group))
        .route("/projects/{id}/repository/commits/{reference}", get(content::commit))
        .route("/projects/{id}/repository/commits/{sha}/statuses", get(status::list))
        .route("/projects/{id}/repository/files/{path}/raw", get(content::raw))
        .route("/projects/{id}/repository/files/{path}", get(content::file))
        .route("/projects/{id}/statuses/{sha}", post(status::create));
    Router::new()
        .nest("/api/v4", api)
        .fallback(git)
        .layer(middleware::from_fn_with_state(Arc::clone(&state), fail_or_record))
        .with_state(state)
}

/// An error as GitLab words it: `{"message": "404 Project Not Found"}`.
pub(super) fn error(status: StatusCode, message: &str) -> Response<Body> {
    (status, Json(json!({ "message": message }))).into_response()
}

async fn fail_or_record(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response<Body> {
    let method = request.method().to_string();
    let path = request.uri().to_string();
    let response = match state.failures.take(&path) {
        Some(Failure::AnswerLost) => {
            next.run(request).await;
            Failure::AnswerLost.response().await
        }
        Some(failure) => failure.response().await,
        None => next.run(request).await,
    };
    state.memory().requests.push(RequestRecord { method, path, status: response.status().as_u16() });
    response
}

async fn git(Extract(state): Extract<Arc<State>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let Some(project) = backend::repository_of(&path).and_then(|name| state.find(name)) else {
        return error(StatusCode::NOT_FOUND, "404 Not Found");
    };
    let granted = match BasicAuth::from_headers(&parts.headers) {
        Some(auth) => auth.username == "oauth2" && auth.password == TOKEN,
        None => !project.private,
    };
    if !granted {
        return backend::unauthorized();
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT_BYTES).await else {
        return error(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large");
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let request = GitRequest { method: parts.method, path, query, headers: parts.headers, body };
    match backend::serve(&state.directory, request).await {
        Ok(response) => response,
        Err(problem) => error(StatusCode::INTERNAL_SERVER_ERROR, &format!("500 {problem:#}")),
    }
}
