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
use serde_json::{Value, json};

use super::{
    app, content, member,
    state::{GitAccess, RequestRecord, State},
    status,
};
use crate::{
    Failure,
    backend::{self, BasicAuth, GitRequest},
};

/// Bigger requests than anything that is sent here.
const BODY_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// The whole forge: the API at the root, as on api.github.com, and below `/api/v3`, as on GitHub Enterprise Server; Git
/// everywhere else.
pub(super) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/app", get(app::show))
        .route("/app/installations/{id}", get(app::installation))
        .route("/app/installations/{id}/access_tokens", post(app::mint))
        .route("/repos/{org}/{repo}/installation", get(app::installation_of))
        .route("/repos/{org}/{repo}", get(content::repository))
        .route("/repos/{org}/{repo}/collaborators/{login}/permission", get(member::permission))
        .route("/orgs/{org}/teams/{team}/memberships/{login}", get(member::in_team))
        .route("/user/{id}", get(member::user))
        .route("/repos/{org}/{repo}/contents/{*path}", get(content::file))
        .route("/repos/{org}/{repo}/commits/{reference}", get(content::commit))
        .route("/repos/{org}/{repo}/commits/{sha}/statuses", get(status::list))
        .route("/repos/{org}/{repo}/commits/{sha}/status", get(status::combined))
        .route("/repos/{org}/{repo}/statuses/{sha}", post(status::create));
    Router::new()
        .merge(api.clone())
        .nest("/api/v3", api)
        .fallback(git)
        .layer(middleware::from_fn_with_state(Arc::clone(&state), fail_or_record))
        .with_state(state)
}

/// An error as GitHub words it.
pub(super) fn error(status: StatusCode, message: &str) -> Response<Body> {
    let documentation = "https://docs.github.com/rest";
    let body = json!({ "message": message, "documentation_url": documentation, "status": status.as_str() });
    (status, Json(body)).into_response()
}

/// 422, with what is wrong.
pub(super) fn invalid(resource: &str, message: &str) -> Response<Body> {
    let errors: Value = json!([{ "resource": resource, "code": "custom", "message": message }]);
    let body = json!({
        "message": "Validation Failed",
        "errors": errors,
        "documentation_url": "https://docs.github.com/rest",
        "status": "422"
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
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
    let Some(repository) = backend::repository_of(&path).and_then(|name| state.find(name)) else {
        return error(StatusCode::NOT_FOUND, "Not Found");
    };
    let auth = BasicAuth::from_headers(&parts.headers);
    let granted = match &auth {
        Some(auth) => {
            auth.username == "x-access-token"
                && app::allows(&state, &auth.password, &repository.name, "contents", "read").is_ok()
        }
        None => !repository.private,
    };
    let (username, password) = auth.map(|auth| (auth.username, auth.password)).unzip();
    state.memory().git_access.push(GitAccess {
        repository: repository.name.clone(),
        username,
        password,
        allowed: granted,
    });
    if !granted {
        return backend::unauthorized();
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT_BYTES).await else {
        return error(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large");
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let request = GitRequest { method: parts.method, path, query, headers: parts.headers, body };
    match backend::serve(&state.directory, request).await {
        Ok(response) => response,
        Err(problem) => error(StatusCode::INTERNAL_SERVER_ERROR, &format!("{problem:#}")),
    }
}
