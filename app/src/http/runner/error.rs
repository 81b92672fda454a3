//! From refusals to status codes.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tracing::error;

use crate::dispatch::DispatchError;

/// A refused call.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) DispatchError);

impl<E: Into<DispatchError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self.0 {
            error @ DispatchError::Unauthorized => (StatusCode::UNAUTHORIZED, error.to_string()),
            error @ DispatchError::NotFound(_) => (StatusCode::NOT_FOUND, error.to_string()),
            error @ DispatchError::Fenced(_) => (StatusCode::CONFLICT, error.to_string()),
            error @ DispatchError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            error @ DispatchError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
            DispatchError::Internal(error) => {
                error!("A call of a runner failed: {error:#}");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error; the server's log has the cause".to_owned())
            }
        };
        let mut response = (status, Json(json!({ "message": message }))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
