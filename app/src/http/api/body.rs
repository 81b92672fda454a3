//! Bodies of calls: JSON whatever their type says, and nothing at all is `{}`.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// A body.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| ApiError::Refused(format!("the body cannot be read: {error}")))?;
        let text = bytes.trim_ascii();
        let text = if text.is_empty() { b"{}" } else { text };
        if !text.starts_with(b"{") {
            return Err(ApiError::refused("the body must be a JSON object"));
        }
        serde_json::from_slice(text).map(Self).map_err(|error| ApiError::Refused(format!("the body: {error}")))
    }
}
