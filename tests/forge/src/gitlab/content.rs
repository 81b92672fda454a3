//! Projects, commits and files.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State as Extract},
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    serve::error,
    state::{Project, State, is_authorized},
};
use crate::person;

/// `GET /version`.
pub(super) async fn version(headers: HeaderMap) -> Response<Body> {
    if !is_authorized(&headers) {
        return error(StatusCode::UNAUTHORIZED, "401 Unauthorized");
    }
    Json(json!({ "version": "18.0.0", "revision": "0000000" })).into_response()
}

/// `GET /projects/{id}`.
pub(super) async fn project(
    Extract(state): Extract<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    match allowed(&state, &headers, &id) {
        Ok(project) => Json(state.project_json(&project)).into_response(),
        Err(response) => *response,
    }
}

/// `GET /projects/{id}/repository/commits/{reference}`.
pub(super) async fn commit(
    Extract(state): Extract<Arc<State>>,
    Path((id, reference)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let project = match allowed(&state, &headers, &id) {
        Ok(project) => project,
        Err(response) => return *response,
    };
    let info = project.git.find(&reference).ok().flatten().and_then(|sha| project.git.describe(&sha).ok());
    let Some(info) = info else {
        return error(StatusCode::NOT_FOUND, "404 Commit Not Found");
    };
    Json(json!({
        "id": info.sha,
        "short_id": info.sha.short(),
        "title": info.message.lines().next().unwrap_or_default(),
        "message": info.message,
        "author_name": person::NAME,
        "author_email": person::EMAIL,
        "authored_date": info.at,
        "committer_name": person::NAME,
        "committer_email": person::EMAIL,
        "committed_date": info.at,
        "created_at": info.at,
        "web_url": format!("{}/{}/-/commit/{}", state.url, project.path, info.sha)
    }))
    .into_response()
}

/// `GET /projects/{id}/repository/files/{path}/raw?ref=…`.
pub(super) async fn raw(
    Extract(state): Extract<Arc<State>>,
    Path((id, path)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    match read(&state, &headers, &id, &path, &query) {
        Ok((_, content)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], content).into_response(),
        Err(response) => *response,
    }
}

/// `GET /projects/{id}/repository/files/{path}?ref=…`.
pub(super) async fn file(
    Extract(state): Extract<Arc<State>>,
    Path((id, path)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    match read(&state, &headers, &id, &path, &query) {
        Ok((reference, content)) => Json(json!({
            "file_name": path.rsplit('/').next(),
            "file_path": path,
            "size": content.len(),
            "encoding": "base64",
            "content": STANDARD.encode(content),
            "ref": reference
        }))
        .into_response(),
        Err(response) => *response,
    }
}

fn read(
    state: &State,
    headers: &HeaderMap,
    id: &str,
    path: &str,
    query: &HashMap<String, String>,
) -> Result<(String, Vec<u8>), Box<Response<Body>>> {
    let project = allowed(state, headers, id)?;
    let Some(reference) = query.get("ref") else {
        return Err(Box::new(error(StatusCode::BAD_REQUEST, "ref is missing, ref is empty")));
    };
    if !matches!(project.git.find(reference), Ok(Some(_))) {
        return Err(Box::new(error(StatusCode::NOT_FOUND, "404 Commit Not Found")));
    }
    match project.git.read(reference, path) {
        Ok(Some(content)) => Ok((reference.clone(), content)),
        Ok(None) | Err(_) => Err(Box::new(error(StatusCode::NOT_FOUND, "404 File Not Found"))),
    }
}

/// The project, if the request carries the token.
pub(super) fn allowed(state: &State, headers: &HeaderMap, id: &str) -> Result<Project, Box<Response<Body>>> {
    if !is_authorized(headers) {
        return Err(Box::new(error(StatusCode::UNAUTHORIZED, "401 Unauthorized")));
    }
    state.find(id).ok_or_else(|| Box::new(error(StatusCode::NOT_FOUND, "404 Project Not Found")))
}
