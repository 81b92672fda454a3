//! The App's JWT and installation tokens.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Path, State as Extract},
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    serve::{error, invalid},
    state::{APP_ID, INSTALLATION_ID, MintedToken, State, account},
};

/// GitHub: "the time must be no more than 10 minutes into the future".
const MAX_JWT_AGE_S: i64 = 600;
/// How far the clocks of the two sides may be apart.
const CLOCK_SKEW_S: i64 = 60;

#[derive(Deserialize)]
struct Claims {
    iss: Value,
    iat: i64,
    exp: i64,
}

/// What a token may be asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MintRequest {
    repositories: Vec<String>,
    repository_ids: Vec<i64>,
    permissions: BTreeMap<String, String>,
}

/// The word after `Bearer` or `token`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("token "))
}

/// Whether the request comes from the App itself.
fn check_jwt(state: &State, headers: &HeaderMap) -> Result<(), Box<Response<Body>>> {
    let refuse = |message: &str| Err(Box::new(error(StatusCode::UNAUTHORIZED, message)));
    let Some(jwt) = bearer(headers) else {
        return refuse("A JSON web token could not be decoded");
    };
    let key = DecodingKey::from_rsa_pem(include_bytes!("key_for_tests.pub.pem")).expect("the key is a public RSA key");
    let mut validation = Validation::new(Algorithm::RS256);
    // The time is judged below, by the forge's own clock.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let Ok(token) = jsonwebtoken::decode::<Claims>(jwt, &key, &validation) else {
        return refuse("A JSON web token could not be decoded");
    };
    let Claims { iss, iat, exp } = token.claims;
    let now = state.now_s();
    if iss != json!(APP_ID) && iss != json!(APP_ID.to_string()) {
        return refuse("'Issuer' claim ('iss') must be an Integer");
    }
    if exp <= now || exp > now + MAX_JWT_AGE_S + CLOCK_SKEW_S {
        return refuse("'Expiration time' claim ('exp') is too far in the future, or in the past");
    }
    if iat > now + CLOCK_SKEW_S || exp - iat > MAX_JWT_AGE_S + CLOCK_SKEW_S {
        return refuse(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        );
    }
    Ok(())
}

/// Whether an installation token may do this to a repository.
pub(super) fn allows(
    state: &State,
    token: &str,
    repository: &str,
    permission: &str,
    level: &str,
) -> Result<(), Box<Response<Body>>> {
    let memory = state.memory();
    let Some(minted) = memory.tokens.get(token) else {
        return Err(Box::new(error(StatusCode::UNAUTHORIZED, "Bad credentials")));
    };
    if !minted.repositories.is_empty() && !minted.repositories.iter().any(|name| name == repository) {
        return Err(Box::new(error(StatusCode::NOT_FOUND, "Not Found")));
    }
    let granted = minted.permissions.get(permission).is_some_and(|granted| granted == level || granted == "write");
    // GitHub gives `metadata: read` with every token.
    if granted || minted.permissions.is_empty() || permission == "metadata" {
        return Ok(());
    }
    Err(Box::new(error(StatusCode::FORBIDDEN, "Resource not accessible by integration")))
}

/// The same, for a request of the API.
pub(super) fn authorize(
    state: &State,
    headers: &HeaderMap,
    repository: &str,
    permission: &str,
    level: &str,
) -> Result<(), Box<Response<Body>>> {
    match bearer(headers) {
        Some(token) => allows(state, token, repository, permission, level),
        None => Err(Box::new(error(StatusCode::UNAUTHORIZED, "Requires authentication"))),
    }
}

/// Whether an installation token may look at an organization.
pub(super) fn authorize_in(state: &State, headers: &HeaderMap, permission: &str) -> Result<(), Box<Response<Body>>> {
    let memory = state.memory();
    let Some(minted) = bearer(headers).and_then(|token| memory.tokens.get(token)) else {
        return Err(Box::new(error(StatusCode::UNAUTHORIZED, "Bad credentials")));
    };
    match minted.permissions.is_empty() || minted.permissions.contains_key(permission) {
        true => Ok(()),
        false => Err(Box::new(error(StatusCode::FORBIDDEN, "Resource not accessible by integration"))),
    }
}

/// `GET /app`.
pub(super) async fn show(Extract(state): Extract<Arc<State>>, headers: HeaderMap) -> Response<Body> {
    if let Err(response) = check_jwt(&state, &headers) {
        return *response;
    }
    let owner = account(&state.url, "acme", "Organization");
    Json(json!({
        "id": APP_ID,
        "slug": "roundhouse",
        "node_id": "A_424242",
        "client_id": "Iv1.fake",
        "owner": owner,
        "name": "Roundhouse",
        "description": "",
        "external_url": "https://roundhouse.example",
        "html_url": format!("{}/apps/roundhouse", state.url),
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "permissions": { "contents": "read", "metadata": "read", "statuses": "write" },
        "events": ["push"]
    }))
    .into_response()
}

/// `GET /app/installations/{id}`.
pub(super) async fn installation(
    Extract(state): Extract<Arc<State>>,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Response<Body> {
    if let Err(response) = check_jwt(&state, &headers) {
        return *response;
    }
    if id != INSTALLATION_ID {
        return error(StatusCode::NOT_FOUND, "Not Found");
    }
    Json(installation_json(&state, "acme")).into_response()
}

/// `GET /repos/{org}/{repo}/installation`.
pub(super) async fn installation_of(
    Extract(state): Extract<Arc<State>>,
    Path((org, repo)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    if let Err(response) = check_jwt(&state, &headers) {
        return *response;
    }
    if state.find(&format!("{org}/{repo}")).is_none() {
        return error(StatusCode::NOT_FOUND, "Not Found");
    }
    Json(installation_json(&state, &org)).into_response()
}

/// `POST /app/installations/{id}/access_tokens`.
pub(super) async fn mint(
    Extract(state): Extract<Arc<State>>,
    Path(id): Path<u64>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Response<Body> {
    if let Err(response) = check_jwt(&state, &headers) {
        return *response;
    }
    if id != INSTALLATION_ID {
        return error(StatusCode::NOT_FOUND, "Not Found");
    }
    let request = match body.is_empty() {
        true => MintRequest::default(),
        false => match serde_json::from_slice(&body) {
            Ok(request) => request,
            Err(_) => return error(StatusCode::BAD_REQUEST, "Problems parsing JSON"),
        },
    };
    let MintRequest { repositories, repository_ids, permissions } = request;
    let chosen: Vec<_> = {
        let memory = state.memory();
        let is_chosen = |name: &str, id: i64| {
            repository_ids.contains(&id)
                || name.split_once('/').is_some_and(|(_, repo)| repositories.iter().any(|r| r == repo))
        };
        memory.repositories.values().filter(|repository| is_chosen(&repository.name, repository.id)).cloned().collect()
    };
    if chosen.len() < repositories.len().max(repository_ids.len()) {
        return invalid(
            "InstallationToken",
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        );
    }
    let token = format!("ghs_{}", Uuid::new_v4().simple());
    let minted = MintedToken {
        token: token.clone(),
        repositories: chosen.iter().map(|repository| repository.name.clone()).collect(),
        permissions: permissions.clone(),
    };
    let expires_at = jiff::Timestamp::from_second(state.now_s() + 3_600).unwrap_or_default();
    {
        let mut memory = state.memory();
        memory.token_order.push(token.clone());
        memory.tokens.insert(token.clone(), minted);
    }
    let mut body = json!({
        "token": token,
        "expires_at": expires_at.to_string(),
        "permissions": permissions,
        "repository_selection": if chosen.is_empty() { "all" } else { "selected" }
    });
    if !chosen.is_empty() {
        body["repositories"] = chosen.iter().map(|repository| state.repository_json(repository)).collect();
    }
    (StatusCode::CREATED, Json(body)).into_response()
}

fn installation_json(state: &State, org: &str) -> Value {
    let api = format!("{}/api/v3", state.url);
    json!({
        "id": INSTALLATION_ID,
        "account": account(&state.url, org, "Organization"),
        "repository_selection": "all",
        "access_tokens_url": format!("{api}/app/installations/{INSTALLATION_ID}/access_tokens"),
        "repositories_url": format!("{api}/installation/repositories"),
        "html_url": format!("{}/organizations/{org}/settings/installations/{INSTALLATION_ID}", state.url),
        "app_id": APP_ID,
        "app_slug": "roundhouse",
        "target_id": crate::person::stable_id(org),
        "target_type": "Organization",
        "permissions": { "contents": "read", "metadata": "read", "statuses": "write" },
        "events": ["push"],
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": null,
        "suspended_at": null
    })
}
