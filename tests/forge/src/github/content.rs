//! Repositories, commits and files.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State as Extract},
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    app::authorize,
    serve::error,
    state::{Repository, State, account},
};
use crate::person;

/// `GET /repos/{org}/{repo}`.
pub(super) async fn repository(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    match allowed(&state, &headers, &format!("{org}/{repo}"), "metadata") {
        Ok(repository) => Json(state.repository_json(&repository)).into_response(),
        Err(response) => *response,
    }
}

/// `GET /repos/{org}/{repo}/commits/{reference}`.
pub(super) async fn commit(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo, reference)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let repository = match allowed(&state, &headers, &format!("{org}/{repo}"), "contents") {
        Ok(repository) => repository,
        Err(response) => return *response,
    };
    let info = repository.git.find(&reference).ok().flatten().and_then(|sha| repository.git.describe(&sha).ok());
    let Some(info) = info else {
        return error(StatusCode::UNPROCESSABLE_ENTITY, &format!("No commit found for SHA: {reference}"));
    };
    let signature = json!({ "name": person::NAME, "email": person::EMAIL, "date": info.at });
    let api = format!("{}/api/v3/repos/{}", state.url, repository.name);
    Json(json!({
        "sha": info.sha,
        "node_id": format!("C_{}", info.sha.short()),
        "commit": {
            "author": signature,
            "committer": signature,
            "message": info.message,
            "tree": { "sha": info.tree, "url": format!("{api}/git/trees/{}", info.tree) },
            "url": format!("{api}/git/commits/{}", info.sha),
            "comment_count": 0
        },
        "url": format!("{api}/commits/{}", info.sha),
        "html_url": format!("{}/{}/commit/{}", state.url, repository.name, info.sha),
        "comments_url": format!("{api}/commits/{}/comments", info.sha),
        "author": account(&state.url, person::LOGIN, "User"),
        "committer": account(&state.url, person::LOGIN, "User"),
        "parents": []
    }))
    .into_response()
}

/// `GET /repos/{org}/{repo}/contents/{path}?ref=…`: JSON, or the bytes for `Accept: application/vnd.github.raw+json`.
pub(super) async fn file(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo, path)): Path<(String, String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let repository = match allowed(&state, &headers, &format!("{org}/{repo}"), "contents") {
        Ok(repository) => repository,
        Err(response) => return *response,
    };
    let reference = query.get("ref").map_or("main", String::as_str);
    if !matches!(repository.git.find(reference), Ok(Some(_))) {
        return error(StatusCode::NOT_FOUND, &format!("No commit found for the ref {reference}"));
    }
    let Ok(Some(content)) = repository.git.read(reference, &path) else {
        return error(StatusCode::NOT_FOUND, "Not Found");
    };
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains(".raw") {
        return ([(header::CONTENT_TYPE, "application/vnd.github.raw+json; charset=utf-8")], content).into_response();
    }
    Json(file_json(&state, &repository, &path, reference, &content)).into_response()
}

fn file_json(state: &State, repository: &Repository, path: &str, reference: &str, content: &[u8]) -> Value {
    let name = path.rsplit('/').next().unwrap_or(path);
    let web = format!("{}/{}/blob/{reference}/{path}", state.url, repository.name);
    let api = format!("{}/api/v3/repos/{}", state.url, repository.name);
    let url = format!("{api}/contents/{path}?ref={reference}");
    let blob = format!("{:040x}", person::stable_id(path));
    let git_url = format!("{api}/git/blobs/{blob}");
    json!({
        "type": "file",
        "encoding": "base64",
        "size": content.len(),
        "name": name,
        "path": path,
        "content": in_lines(&STANDARD.encode(content)),
        "sha": blob,
        "url": url,
        "git_url": git_url,
        "html_url": web,
        "download_url": format!("{}/raw/{}/{reference}/{path}", state.url, repository.name),
        "_links": { "self": url, "git": git_url, "html": web }
    })
}

/// GitHub breaks base64 after 60 letters, and ends it with a line feed.
fn in_lines(encoded: &str) -> String {
    let mut text = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
    for (index, letter) in encoded.chars().enumerate() {
        if index > 0 && index % 60 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push('\n');
    text
}

/// The repository, if the request may read it. Whether it exists is no business of who may not.
fn allowed(
    state: &State,
    headers: &HeaderMap,
    name: &str,
    permission: &str,
) -> Result<Repository, Box<Response<Body>>> {
    authorize(state, headers, name, permission, "read")?;
    state.find(name).ok_or_else(|| Box::new(error(StatusCode::NOT_FOUND, "Not Found")))
}
