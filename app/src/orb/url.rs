//! Orbs at an address: `https://orbs.example.com/ci/node.yml`, where the allow-list has a prefix of it.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use model::time::Timestamp;
use reqwest::{Client, Url};

use super::{
    OrbError,
    directory::LARGEST_BYTES,
    guard,
    registry::{ReadError, read},
};
use crate::clock::Clock;

/// How long an orb is taken as it was.
const FRESH_MS: i64 = 5 * 60 * 1000;

/// Fetches orbs from addresses.
#[derive(Debug)]
pub(super) struct UrlOrbs {
    allow: Vec<String>,
    clock: Clock,
    client: Mutex<Option<Client>>,
    fresh: Mutex<BTreeMap<String, (Timestamp, String)>>,
}

impl UrlOrbs {
    pub(super) fn new(allow: Vec<String>, clock: Clock) -> Self {
        Self { allow, clock, client: Mutex::default(), fresh: Mutex::default() }
    }

    pub(super) async fn fetch(&self, address: &str) -> Result<String, OrbError> {
        let url = self.check(address)?;
        if let Some(text) = self.fresh(url.as_str()) {
            return Ok(text);
        }
        let failed = |why: &str| format!("the orb at {address} could not be fetched: {why}");
        let client = self.client().map_err(|error| OrbError::permanent(failed(&error.to_string())))?;
        let response = client.get(url.clone()).send().await.map_err(|error| sort(&failed, &error))?;
        match response.status().as_u16() {
            200 => {}
            300..=399 => {
                return Err(OrbError::permanent(failed(
                    "it answers with a redirect: name the address where the orb is",
                )));
            }
            status @ (408 | 425 | 429 | 500..=599) => {
                return Err(OrbError::transient(failed(&format!("answer {status}"))));
            }
            status => return Err(OrbError::permanent(failed(&format!("answer {status}")))),
        }
        let bytes = read(response, LARGEST_BYTES).await.map_err(|error| match error {
            ReadError::TooLarge => OrbError::permanent(failed(&format!("it has more than {LARGEST_BYTES} bytes"))),
            ReadError::Broken(error) => sort(&failed, &error),
        })?;
        let text = String::from_utf8(bytes).map_err(|_| OrbError::permanent(failed("it is not text (UTF-8)")))?;
        let entry = (self.clock.now(), text.clone());
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.retain(|_, (at, _)| self.clock.now().millis() - at.millis() < FRESH_MS);
        fresh.insert(url.to_string(), entry);
        Ok(text)
    }

    /// Whether an address may be asked, as the program that asks it reads it.
    fn check(&self, address: &str) -> Result<Url, OrbError> {
        let refused = |why: &str| OrbError::permanent(format!("the orb at {address} is not fetched: {why}"));
        let url = Url::parse(address).map_err(|error| refused(&format!("the address cannot be read: {error}")))?;
        if url.scheme() != "https" {
            return Err(refused("an orb's address begins with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("an address with a user in it may look like another one: write it without"));
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if host.parse::<IpAddr>().is_ok_and(|address| !guard::is_public(address)) {
            return Err(refused("its host is no public address"));
        }
        let allowed = self.allow.iter().filter_map(|prefix| Url::parse(prefix).ok());
        // A prefix ends with a slash, so that `https://a.example/ci` does not allow `https://a.example/cisco`.
        let is_allowed = allowed.into_iter().any(|prefix| url.as_str().starts_with(prefix.as_str()));
        let hides_a_path = ["%2f", "%5c", "%2e%2e"].iter().any(|part| url.path().to_lowercase().contains(part));
        if !is_allowed || hides_a_path {
            return Err(refused(
                "the setting `orb_url_allow` has no prefix of it; the server's administrator can add one, like \
                 https://orbs.example.com/ci/",
            ));
        }
        Ok(url)
    }

    fn fresh(&self, url: &str) -> Option<String> {
        let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, text) = fresh.get(url)?;
        (self.clock.now().millis() - at.millis() < FRESH_MS).then(|| text.clone())
    }

    fn client(&self) -> reqwest::Result<Client> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let made = guard::client()?;
        *client = Some(made.clone());
        Ok(made)
    }
}

/// Sorts what went wrong on the way.
fn sort(failed: &impl Fn(&str) -> String, error: &reqwest::Error) -> OrbError {
    let mut cause: &dyn std::error::Error = error;
    let mut refused = false;
    while let Some(source) = cause.source() {
        cause = source;
        refused |= cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
    }
    let why = if error.is_timeout() { "it took too long".to_owned() } else { cause.to_string() };
    if refused { OrbError::permanent(failed(&why)) } else { OrbError::transient(failed(&why)) }
}

#[cfg(test)]
mod tests;
