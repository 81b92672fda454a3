//! Requests that a page of somebody else makes in the name of the person who looks at it.
//!
//! A browser adds the session's cookie to requests that other pages cause, and reaches the operator's server for them. It
//! tells so, in headers that no page can change.

use http::{HeaderMap, header};

/// Where a request comes from, as the browser tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A page of ours, or the address bar.
    Ours,
    /// Another page.
    Foreign,
    /// Nothing is told: no browser of these days.
    Untold,
}

/// Where a request comes from. `ours`: the hosts by which this server may be known, with their ports.
pub(super) fn origin(headers: &HeaderMap, ours: &[&str]) -> Origin {
    let text = |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some("same-origin" | "none"), _) => Origin::Ours,
        (Some(_), _) => Origin::Foreign,
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            if !host.is_empty() && ours.iter().any(|ours| ours.eq_ignore_ascii_case(host)) {
                Origin::Ours
            } else {
                Origin::Foreign
            }
        }
        (None, None) => Origin::Untold,
    }
}
