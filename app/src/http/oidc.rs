//! What clouds need to believe the tokens of jobs: the documents of OpenID Connect Discovery, for each issuer. Public, without a
//! login, and worth keeping for some minutes.
//!
//! Which organizations there are is nobody's business: the documents are there for every id, and say nothing but where the keys
//! are.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tracing::error;
use uuid::Uuid;

use crate::{dispatch::Issuer, secret::OidcKeys};

/// A new key is published longer than this before it signs.
const CACHE: &str = "public, max-age=300";

#[derive(Clone)]
struct OidcState {
    keys: OidcKeys,
    public_url: String,
}

/// `/oidc/…`. `public_url` has no slash at its end.
pub fn router(keys: OidcKeys, public_url: String) -> Router {
    Router::new()
        .route("/oidc/.well-known/openid-configuration", get(root))
        .route("/oidc/.well-known/jwks-pub.json", get(jwks))
        .route("/oidc/org/{organization}/.well-known/openid-configuration", get(organization))
        .route("/oidc/org/{organization}/.well-known/jwks-pub.json", get(organization_jwks))
        .with_state(OidcState { keys, public_url })
}

async fn root(State(state): State<OidcState>) -> Response {
    document(&configuration(&Issuer::Root.url(&state.public_url)))
}

async fn organization(State(state): State<OidcState>, Path(id): Path<Uuid>) -> Response {
    document(&configuration(&Issuer::Organization(id).url(&state.public_url)))
}

async fn organization_jwks(state: State<OidcState>, Path(_): Path<Uuid>) -> Response {
    jwks(state).await
}

async fn jwks(State(state): State<OidcState>) -> Response {
    match state.keys.published().await {
        Ok(keys) => document(&json!(keys)),
        Err(error) => {
            error!("The public keys for tokens cannot be told: {error:#}");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "message": "the keys cannot be read now" }))).into_response()
        }
    }
}

fn document(body: &Value) -> Response {
    ([(header::CACHE_CONTROL, CACHE)], Json(body)).into_response()
}

/// OpenID Connect Discovery 1.0, section 3.
fn configuration(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks-pub.json"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
        "claims_supported": [
            "aud",
            "sub",
            "iss",
            "iat",
            "exp",
            "oidc.circleci.com/context-ids",
            "oidc.circleci.com/job-id",
            "oidc.circleci.com/org-id",
            "oidc.circleci.com/pipeline-id",
            "oidc.circleci.com/project-id",
            "oidc.circleci.com/ssh-rerun",
            "oidc.circleci.com/vcs-origin",
            "oidc.circleci.com/vcs-ref",
            "oidc.circleci.com/workflow-id",
        ],
    })
}
