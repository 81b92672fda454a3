//! What people may do with a repository, and which teams they are in.

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
use crate::person;

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

/// `GET /orgs/{org}/teams/{team}/memberships/{login}`.
pub(super) async fn in_team(
    Extract(state): Extract<Arc<State>>,
    Path((org, team, login)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    if let Err(response) = app::authorize_in(&state, &headers, "members") {
        return *response;
    }
    let url = format!("{}/organizations/{org}/team/{team}/memberships/{login}", state.url);
    match state.memory().teams.contains(&(org, team, login)) {
        true => Json(json!({ "url": url, "role": "member", "state": "active" })).into_response(),
        false => error(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// `GET /user/{id}`: of those that anybody has spoken of.
pub(super) async fn user(
    Extract(state): Extract<Arc<State>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Response<Body> {
    if let Err(response) = app::authorize_in(&state, &headers, "members") {
        return *response;
    }
    let memory = state.memory();
    let known = memory.members.keys().map(|(_, login)| login).chain(memory.teams.iter().map(|(_, _, login)| login));
    let login = known.map(String::as_str).chain([person::LOGIN]).find(|login| person::id_of(login) == id);
    match login {
        Some(login) => Json(account(&state.url, login, "User")).into_response(),
        None => error(StatusCode::NOT_FOUND, "Not Found"),
    }
}
