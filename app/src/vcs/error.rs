//! What can go wrong with a forge, sorted by what to do about it.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use model::time::Timestamp;

/// A request to a forge that did not bring what was asked for. Its text names the forge, the thing and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// Asking again later may work.
    #[error("{message}")]
    Transient {
        /// What happened.
        message: String,
        /// How long the forge wants us to wait, when it says so.
        retry_after: Option<Duration>,
    },
    /// Asking again changes nothing.
    #[error("{message}")]
    Permanent {
        /// What happened, and what a person can do.
        message: String,
    },
}

impl ForgeError {
    /// Asking again later may work.
    pub(super) fn transient(message: impl Into<String>) -> Self {
        Self::Transient { message: message.into(), retry_after: None }
    }

    /// Asking again changes nothing.
    pub(super) fn permanent(message: impl Into<String>) -> Self {
        Self::Permanent { message: message.into() }
    }
}

/// How long to wait on a rate limit that does not say how long.
const LIMIT_PAUSE: Duration = Duration::from_secs(60);
/// How long to wait when our credentials are refused: a person has to do something first.
const CREDENTIALS_PAUSE: Duration = Duration::from_secs(120);
/// The longest pause that is taken from a forge's word.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// A forge's refusal, before it is sorted.
pub(super) struct Refusal<'r> {
    /// `GitHub`, `GitLab`.
    pub forge: &'r str,
    /// What was asked, to follow "failed to": `` read `.circleci/config.yml` of `org/repo` ``.
    pub what: &'r str,
    pub status: StatusCode,
    pub headers: &'r HeaderMap,
    /// The forge's own words.
    pub message: &'r str,
    /// What to check when the credentials are refused (401).
    pub credentials: &'r str,
    /// What to check when a permission is missing (403).
    pub permission: &'r str,
}

impl Refusal<'_> {
    /// Sorts it.
    pub fn sort(&self, now: Timestamp) -> ForgeError {
        let Self { forge, what, status, headers, message, credentials, permission } = self;
        let said = if message.is_empty() { String::new() } else { format!(": {message}") };
        let asked = |retry_after: Option<Duration>, message: String| ForgeError::Transient { message, retry_after };
        let pause = pause(headers, now);
        let spent = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0")
            || headers.get("ratelimit-remaining").is_some_and(|left| left == "0");
        let limited = match status.as_u16() {
            429 => true,
            403 => headers.contains_key("retry-after") || spent || message.to_lowercase().contains("rate limit"),
            _ => false,
        };
        match status.as_u16() {
            _ if limited => asked(
                Some(pause.unwrap_or(LIMIT_PAUSE)),
                format!("{forge} limits our rate of requests ({status}); could not {what}{said}"),
            ),
            401 => asked(
                Some(CREDENTIALS_PAUSE),
                format!("{forge} refused our credentials (401); could not {what}{said}; {credentials}"),
            ),
            // The forge itself says why. A proxy or a shield before it does not, and may think better of it.
            403 if message.is_empty() => asked(
                Some(pause.unwrap_or(LIMIT_PAUSE)),
                format!("{forge}, or something on the way to it, refused without a word ({status}); could not {what}"),
            ),
            403 => ForgeError::permanent(format!("{forge} does not let us {what} (403){said}; {permission}")),
            408 | 425 | 500..=599 => asked(pause, format!("{forge} has a problem ({status}); could not {what}{said}")),
            404 => ForgeError::permanent(format!("{forge} does not know it (404); could not {what}{said}")),
            410 => ForgeError::permanent(format!("it is gone from {forge} (410); could not {what}{said}")),
            _ => ForgeError::permanent(format!("{forge} refused the request ({status}); could not {what}{said}")),
        }
    }
}

/// Whether a success is none of the forge's own: a proxy's page, a form to log in. The forge's answers have a type, and
/// none is a page.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    media.is_empty() || media.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// How long the answer asks us to wait: `Retry-After`, or until the rate limit's window begins anew.
fn pause(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let until_reset = || {
        let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"))?;
        let spent = [headers.get("x-ratelimit-remaining"), headers.get("ratelimit-remaining")];
        let now = u64::try_from(now.millis() / 1000).unwrap_or(0);
        // One second more: the forge's clock is not ours.
        spent.into_iter().flatten().any(|left| left == "0").then(|| reset.saturating_sub(now).saturating_add(1))
    };
    let seconds = number("retry-after").or_else(until_reset)?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests;
