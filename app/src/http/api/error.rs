//! Why a call is refused: always `{"message": …}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;
use tracing::error;

use crate::{http::auth::Denied, trigger::TriggerError};

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum ApiError {
    /// It makes no sense (400).
    Refused(String),
    /// The caller may not (401, 403 …).
    Denied(Denied),
    /// There is no such thing (404).
    NotFound(String),
    /// Not in this state (409).
    Conflict(String),
    /// Our own fault (500). The log has the cause.
    Internal(anyhow::Error),
}

/// The result of every handler.
pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiError {
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }

    /// Of what the address names.
    pub(super) fn missing(what: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("{what} does not exist"))
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound(what) => Self::missing(what),
            store::Error::Conflict(why) => Self::Conflict(why),
            error @ store::Error::Db(_) => Self::Internal(error.into()),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<TriggerError> for ApiError {
    fn from(error: TriggerError) -> Self {
        match error {
            TriggerError::NotFound(message) => Self::NotFound(message),
            TriggerError::Refused(message) => Self::Refused(message),
            TriggerError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Denied(denied) => return denied.into_response(),
            Self::Refused(message) => (StatusCode::BAD_REQUEST, message),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, message),
            Self::Conflict(message) => (StatusCode::CONFLICT, message),
            Self::Internal(error) => {
                error!("A call of the API failed: {error:#}");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal error; the server's log has the cause".to_owned())
            }
        };
        (status, Json(json!({ "message": message }))).into_response()
    }
}
