//! Members of projects and groups.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State as Extract},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
};
use serde_json::json;

use super::{
    serve::error,
    state::{State, is_authorized},
};

/// `GET /projects/{id}/members/all/{user}`.
pub(super) async fn member(
    Extract(state): Extract<Arc<State>>,
    Path((id, user)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Response<Body> {
    if !is_authorized(&headers) {
        return error(StatusCode::UNAUTHORIZED, "401 Unauthorized");
    }
    let Some(project) = state.find(&id) else {
        return error(StatusCode::NOT_FOUND, "404 Project Not Found");
    };
    let level = state.memory().members.get(&(project.path, user)).copied();
    told(user, level)
}

/// `GET /groups/{path}/members/all/{user}`.
pub(super) async fn in_group(
    Extract(state): Extract<Arc<State>>,
    Path((path, user)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Response<Body> {
    if !is_authorized(&headers) {
        return error(StatusCode::UNAUTHORIZED, "401 Unauthorized");
    }
    told(user, state.memory().group_members.get(&(path, user)).copied())
}

fn told(user: i64, level: Option<i64>) -> Response<Body> {
    match level {
        Some(level) => Json(json!({
            "id": user,
            "username": format!("user{user}"),
            "name": format!("User {user}"),
            "state": "active",
            "access_level": level,
            "expires_at": null
        }))
        .into_response(),
        None => error(StatusCode::NOT_FOUND, "404 Not found"),
    }
}
