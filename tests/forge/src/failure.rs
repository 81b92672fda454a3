//! Failures, in order: what a forge does to the next requests instead of answering them.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An answer with this status code and a body that is not JSON, as a proxy in front would give it.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    TooManyRequests {
        /// The header's value.
        retry_after_s: u32,
    },
    /// 403 with the headers and the message of GitHub's secondary rate limit.
    SecondaryRateLimit {
        /// Value of `Retry-After`, in seconds.
        retry_after_s: u32,
    },
    /// No answer for so long, then 504.
    Silence {
        /// How long, in milliseconds.
        for_ms: u64,
    },
    /// The request is carried out, and the answer is lost: 502.
    AnswerLost,
}

/// Failures that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    waiting: Mutex<VecDeque<(String, Failure)>>,
}

impl Failures {
    /// The next `count` requests whose path contains `path` fail in this way.
    pub(crate) fn add(&self, path: &str, count: usize, failure: Failure) {
        let mut waiting = self.waiting.lock().expect("nothing panics while it holds the failures");
        waiting.extend(std::iter::repeat_n((path.to_owned(), failure), count));
    }

    /// Takes the failure that is meant for this request.
    pub(crate) fn take(&self, path: &str) -> Option<Failure> {
        let mut waiting = self.waiting.lock().expect("nothing panics while it holds the failures");
        let index = waiting.iter().position(|(part, _)| path.contains(part.as_str()))?;
        waiting.remove(index).map(|(_, failure)| failure)
    }

    /// How many still wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.lock().expect("nothing panics while it holds the failures").len()
    }
}

impl Failure {
    /// The answer that a client gets.
    pub(crate) async fn response(self) -> Response<Body> {
        let (code, retry_after, body) = match self {
            Self::Status(code) => (code, None, "<html><body>something went wrong</body></html>"),
            Self::TooManyRequests { retry_after_s } => {
                (429, Some(retry_after_s), r#"{"message":"API rate limit exceeded"}"#)
            }
            Self::SecondaryRateLimit { retry_after_s } => (
                403,
                Some(retry_after_s),
                r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#,
            ),
            Self::Silence { for_ms } => {
                tokio::time::sleep(Duration::from_millis(for_ms)).await;
                (504, None, "")
            }
            Self::AnswerLost => (502, None, ""),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
