//! What people may do with a repository.

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
    app,
    serve::error,
    state::{State, account},
};

/// `GET /repos/{org}/{repo}/collaborators/{login}/permission`.
pub(super) async fn permission(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo, login)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let name = format!("{org}/{repo}");
    let Some(repository) = state.find(&name) else {
        return error(StatusCode::NOT_FOUND, "Not Found");
    };
    if let Err(response) = app::authorize(&state, &headers, &name, "metadata", "read") {
        return *response;
    }
    let role = state.memory().members.get(&(name, login.clone())).cloned();
    // Everybody may read what is public.
    let role = role.unwrap_or_else(|| if repository.private { "none" } else { "read" }.to_owned());
    let user = account(&state.url, &login, "User");
    Json(json!({ "permission": role, "role_name": role, "user": user })).into_response()
}
