//! What a request brings with it.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, Uri, header};

use super::token::PREFIX;

/// The cookie of a session.
pub(super) const COOKIE: &str = "roundhouse_session";

/// An API token, in any of the forms in which clients of CircleCI send it: `Circle-Token`, `Authorization: Bearer`,
/// `Authorization: Basic` with the token as user name, or the query's `circle-token`. A name and a password for somebody else,
/// such as a proxy in front, are none of ours.
pub(super) fn token<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<Cow<'r, str>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let by_header = text("circle-token").map(Cow::Borrowed);
    let found = by_header.or_else(|| authorization(text(header::AUTHORIZATION.as_str())?)).or_else(|| {
        // Tokens are made of characters that no query needs to encode.
        let mut pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == "circle-token").map(|(_, value)| Cow::Borrowed(value))
    });
    found.filter(|token| !token.is_empty())
}

fn authorization(value: &str) -> Option<Cow<'_, str>> {
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Cow::Borrowed(rest.trim()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (user, _) = decoded.split_once(':')?;
    user.starts_with(PREFIX).then(|| Cow::Owned(user.to_owned()))
}

/// The cookie of a session.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}
