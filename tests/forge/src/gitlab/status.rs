//! Commit statuses, with GitLab's transitions: a status moves forward (`pending`, `running`, an end), never to where it
//! is already; after an end, the same name begins anew.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, State as Extract},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
};
use model::project::Sha;
use serde_json::{Map, Value, json};

use super::{
    content::allowed,
    serve::error,
    state::{State, StatusRecord},
};

/// GitLab's column holds no more.
const MAX_DESCRIPTION_CHARS: usize = 255;

/// `POST /projects/{id}/statuses/{sha}`. Fields come in the query, as a form, or as JSON.
pub(super) async fn create(
    Extract(state): Extract<Arc<State>>,
    Path((id, sha)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Response<Body> {
    let project = match allowed(&state, &headers, &id) {
        Ok(project) => project,
        Err(response) => return *response,
    };
    let Some(fields) = fields(query.as_deref().unwrap_or_default(), &headers, &body) else {
        return error(StatusCode::BAD_REQUEST, "400 Bad request - the body cannot be read");
    };
    let sha = match sha.parse::<Sha>() {
        Ok(sha) if matches!(project.git.find(sha.as_str()), Ok(Some(_))) => sha,
        _ => return error(StatusCode::NOT_FOUND, "404 Commit Not Found"),
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(wanted) = text("state") else {
        return error(StatusCode::BAD_REQUEST, "state is missing, state does not have a valid value");
    };
    if !matches!(wanted.as_str(), "pending" | "running" | "success" | "failed" | "canceled" | "skipped") {
        return error(StatusCode::BAD_REQUEST, "state does not have a valid value");
    }
    let (description, target_url) = (text("description"), text("target_url"));
    if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION_CHARS) {
        return error(StatusCode::BAD_REQUEST, "400 Bad request - description is too long (maximum is 255 characters)");
    }
    if target_url.as_ref().is_some_and(|url| !url.starts_with("http")) {
        return error(
            StatusCode::BAD_REQUEST,
            "400 Bad request - target_url is blocked: Only allowed schemes are http, https",
        );
    }
    let name = text("name").or_else(|| text("context")).unwrap_or_else(|| "default".to_owned());
    let git_ref = text("ref");
    let mut memory = state.memory();
    let next_id = i64::try_from(memory.statuses.len()).unwrap_or(i64::MAX) + 1;
    let open = memory.statuses.iter_mut().find(|status| {
        status.project == project.path
            && status.sha == sha
            && status.name == name
            && matches!(status.status.as_str(), "pending" | "running")
    });
    let record = match open {
        Some(open) => {
            if open.status == wanted || (open.status == "running" && wanted == "pending") {
                let event = if wanted == "running" { "run" } else { "enqueue" };
                let message = format!(
                    "Cannot transition status via :{event} from :{} (Reason(s): Status cannot transition via \"{event}\")",
                    open.status
                );
                return (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response();
            }
            open.status.clone_from(&wanted);
            open.description = description.or_else(|| open.description.take());
            open.target_url = target_url.or_else(|| open.target_url.take());
            open.history.push(wanted);
            open.clone()
        }
        None => {
            let record = StatusRecord {
                project: project.path.clone(),
                sha,
                name,
                git_ref,
                status: wanted.clone(),
                description,
                target_url,
                history: vec![wanted],
                id: next_id,
            };
            memory.statuses.push(record.clone());
            record
        }
    };
    drop(memory);
    (StatusCode::CREATED, Json(status_json(&record))).into_response()
}

/// `GET /projects/{id}/repository/commits/{sha}/statuses`.
pub(super) async fn list(
    Extract(state): Extract<Arc<State>>,
    Path((id, sha)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let project = match allowed(&state, &headers, &id) {
        Ok(project) => project,
        Err(response) => return *response,
    };
    let memory = state.memory();
    let of_commit = memory.statuses.iter().filter(|s| s.project == project.path && s.sha.as_str() == sha);
    Json(of_commit.map(status_json).collect::<Vec<_>>()).into_response()
}

/// All fields of a request, wherever they are.
fn fields(query: &str, headers: &HeaderMap, body: &[u8]) -> Option<Map<String, Value>> {
    let mut all = form(query);
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") && !body.is_empty() {
        all.extend(serde_json::from_slice::<Map<String, Value>>(body).ok()?);
    } else {
        all.extend(form(std::str::from_utf8(body).ok()?));
    }
    Some(all)
}

/// Reads `a=b&c=d`.
fn form(text: &str) -> Map<String, Value> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v).into())).collect()
}

/// Undoes the encoding of forms: `+` and `%20`.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status_json(status: &StatusRecord) -> Value {
    let StatusRecord { project: _, sha, name, git_ref, status, description, target_url, history: _, id } = status;
    json!({
        "id": id,
        "sha": sha,
        "ref": git_ref,
        "status": status,
        "name": name,
        "target_url": target_url,
        "description": description,
        "created_at": "2026-01-01T10:00:00.000Z",
        "started_at": null,
        "finished_at": null,
        "allow_failure": false,
        "coverage": null
    })
}
