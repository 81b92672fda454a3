//! Commit statuses, with GitHub's limits.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State as Extract},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
};
use model::project::Sha;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    app::authorize,
    serve::{error, invalid},
    state::{State, StatusRecord, account},
};
use crate::person;

/// GitHub: "there is a limit of 1000 statuses per sha and context within a repository".
const MAX_STATUSES: usize = 1_000;
/// GitHub refuses longer descriptions.
const MAX_DESCRIPTION_CHARS: usize = 140;

#[derive(Deserialize)]
pub(super) struct NewStatus {
    state: String,
    target_url: Option<String>,
    description: Option<String>,
    #[serde(default = "default_context")]
    context: String,
}

fn default_context() -> String {
    "default".to_owned()
}

/// `POST /repos/{org}/{repo}/statuses/{sha}`.
pub(super) async fn create(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo, sha)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Response<Body> {
    let repository = format!("{org}/{repo}");
    if let Err(response) = authorize(&state, &headers, &repository, "statuses", "write") {
        return *response;
    }
    let Some(found) = state.find(&repository) else {
        return error(StatusCode::NOT_FOUND, "Not Found");
    };
    let Ok(new) = serde_json::from_slice::<NewStatus>(&body) else {
        return error(StatusCode::BAD_REQUEST, "Problems parsing JSON");
    };
    // Git is asked once for each commit: it is a process, and none of ours ever loses a commit.
    let exists =
        |sha: &Sha| has_statuses(&state, &repository, sha) || matches!(found.git.find(sha.as_str()), Ok(Some(_)));
    let sha = match sha.parse::<Sha>() {
        Ok(sha) if exists(&sha) => sha,
        _ => return error(StatusCode::UNPROCESSABLE_ENTITY, &format!("No commit found for SHA: {sha}")),
    };
    let NewStatus { state: wanted, target_url, description, context } = new;
    if !matches!(wanted.as_str(), "pending" | "success" | "failure" | "error") {
        return invalid("Status", "State is not included in the list");
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION_CHARS) {
        return invalid("Status", "description is too long (maximum is 140 characters)");
    }
    if target_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return invalid("Status", "target_url must use http(s) scheme");
    }
    let mut memory = state.memory();
    let so_far = memory.statuses.iter().filter(|status| status.sha == sha && status.context == context).count();
    if so_far >= MAX_STATUSES {
        return invalid("Status", "This SHA and context has reached the maximum number of statuses.");
    }
    let id = i64::try_from(memory.statuses.len()).unwrap_or(i64::MAX) + 1;
    let status = StatusRecord { repository, sha, context, state: wanted, description, target_url, id };
    memory.statuses.push(status.clone());
    drop(memory);
    (StatusCode::CREATED, Json(status_json(&state, &status))).into_response()
}

/// `GET /repos/{org}/{repo}/commits/{sha}/statuses`: newest first.
pub(super) async fn list(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo, sha)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let repository = format!("{org}/{repo}");
    if let Err(response) = authorize(&state, &headers, &repository, "statuses", "read") {
        return *response;
    }
    let statuses: Vec<Value> = of(&state, &repository, &sha).iter().rev().map(|s| status_json(&state, s)).collect();
    Json(statuses).into_response()
}

/// `GET /repos/{org}/{repo}/commits/{sha}/status`: the last of each context.
pub(super) async fn combined(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo, sha)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let repository = format!("{org}/{repo}");
    if let Err(response) = authorize(&state, &headers, &repository, "statuses", "read") {
        return *response;
    }
    let mut shown: Vec<StatusRecord> = Vec::new();
    for status in of(&state, &repository, &sha).into_iter().rev() {
        if !shown.iter().any(|newer| newer.context == status.context) {
            shown.push(status);
        }
    }
    let has = |wanted: &[&str]| shown.iter().any(|status| wanted.contains(&status.state.as_str()));
    let overall = if has(&["failure", "error"]) {
        "failure"
    } else if has(&["pending"]) || shown.is_empty() {
        "pending"
    } else {
        "success"
    };
    let statuses: Vec<Value> = shown.iter().map(|status| status_json(&state, status)).collect();
    Json(json!({ "state": overall, "sha": sha, "total_count": statuses.len(), "statuses": statuses })).into_response()
}

fn has_statuses(state: &State, repository: &str, sha: &Sha) -> bool {
    state.memory().statuses.iter().rev().any(|status| status.repository == repository && status.sha == *sha)
}

fn of(state: &State, repository: &str, sha: &str) -> Vec<StatusRecord> {
    let memory = state.memory();
    memory.statuses.iter().filter(|s| s.repository == repository && s.sha.as_str() == sha).cloned().collect()
}

fn status_json(state: &State, status: &StatusRecord) -> Value {
    let StatusRecord { repository, sha, context, state: shown, description, target_url, id } = status;
    json!({
        "url": format!("{}/api/v3/repos/{repository}/statuses/{sha}", state.url),
        "avatar_url": format!("{}/avatars/roundhouse", state.url),
        "id": id,
        "node_id": format!("SC_{id}"),
        "state": shown,
        "description": description,
        "target_url": target_url,
        "context": context,
        "created_at": "2026-01-01T10:00:00Z",
        "updated_at": "2026-01-01T10:00:00Z",
        "creator": account(&state.url, person::LOGIN, "User")
    })
}
