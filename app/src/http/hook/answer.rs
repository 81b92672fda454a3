//! Answers to webhooks: a status for the forge, and a sentence for the person who reads its delivery log.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use store::inbox::Stored;
use tracing::{error, warn};

/// Why a webhook is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// Over the limit.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The connection ended before the body did.
    Broken,
    /// It is compressed.
    Encoded,
    /// Too much is being received at this moment.
    Busy,
    /// Not signed as it must be, with what to check.
    Unsigned(&'static str),
    /// A header is missing or makes no sense.
    BadHeader(&'static str),
    /// The row could not be written.
    NotStored(store::Error),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 25 MiB"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body did not come within 10 seconds"),
            Self::Broken => (StatusCode::BAD_REQUEST, "the body ended before its end"),
            Self::Encoded => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed bodies are not taken"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "too much is being received: send it again in a minute"),
            Self::Unsigned(message) => (StatusCode::UNAUTHORIZED, message),
            Self::BadHeader(message) => (StatusCode::BAD_REQUEST, message),
            Self::NotStored(error) => {
                error!("Could not store a webhook: {error}");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the delivery could not be stored (is the disk full?): nothing was lost, send it again later",
                )
            }
        };
        let mut response = (status, Json(json!({ "message": message }))).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            // What is left of the body is not read.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// What became of a webhook that was taken.
pub(super) fn stored(forge: &'static str, stored: Stored) -> Response {
    match stored {
        Stored::Inserted(id) => {
            (StatusCode::ACCEPTED, Json(json!({ "message": "stored", "delivery": id.0 }))).into_response()
        }
        Stored::Repeat(id) => {
            (StatusCode::OK, Json(json!({ "message": "already stored", "delivery": id.0 }))).into_response()
        }
        Stored::Conflict(id) => {
            warn!(
                delivery.id = id.0,
                "A signed {forge} webhook has the id of delivery {id}, but another body: refused"
            );
            let message =
                "another delivery with this id, but with another body, was stored before: nothing was changed";
            (StatusCode::CONFLICT, Json(json!({ "message": message, "delivery": id.0 }))).into_response()
        }
    }
}
