//! All routes in one router.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::{ApiState, access::guard, continuation::BODY_LIMIT_BYTES, error::ApiError, route::routes};

/// The API, version 2. Its paths are whole, and expect [`canonical`](super::canonical) addresses.
pub fn router(state: &ApiState) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let guarded = route.handler.route_layer(from_fn_with_state((state.clone(), route.access), guard));
        router = router.route(&format!("/api/v2{}", route.path), guarded);
    }
    router
        .route("/api/v2/{*path}", axum::routing::any(nowhere))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(state.clone())
}

async fn nowhere() -> ApiError {
    ApiError::NotFound("there is nothing at this address of the API; docs/api.md lists what there is".to_owned())
}

async fn wrong_method() -> Response {
    let message = serde_json::json!({ "message": "this address does not take this method" });
    (StatusCode::METHOD_NOT_ALLOWED, axum::Json(message)).into_response()
}
