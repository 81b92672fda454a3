//! The registry of orbs: CircleCI's public GraphQL API, or another that answers the same query.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use config::OrbRef;
use http::StatusCode;
use reqwest::{Client, redirect};
use serde::Deserialize;
use serde_json::json;

use super::{OrbError, directory::LARGEST_BYTES};

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long it may take to reach the registry at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest answer that is read: the largest orb, written as JSON.
const ANSWER_LIMIT_BYTES: usize = LARGEST_BYTES * 2;

const QUERY: &str = "query ($ref: String!) { orbVersion(orbVersionRef: $ref) { version source } }";

/// A registry.
#[derive(Debug)]
pub struct Registry {
    url: String,
    /// Made when it is first needed, because that reads the system's certificates.
    client: Mutex<Option<Client>>,
}

/// What the registry has under a reference.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RegistryOrb {
    /// The version that the reference means now.
    pub version: String,
    /// Its text.
    pub source: String,
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<AnswerError>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "orbVersion")]
    orb_version: Option<RegistryOrb>,
}

#[derive(Deserialize)]
struct AnswerError {
    message: String,
}

impl Registry {
    /// The registry at this address. Nothing is asked yet.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), client: Mutex::default() }
    }

    /// What a reference means now; `None`: the registry has no such orb or version.
    ///
    /// # Errors
    /// The registry cannot be reached, refuses, or answers what makes no sense.
    pub async fn fetch(&self, reference: &OrbRef) -> Result<Option<RegistryOrb>, OrbError> {
        let body = json!({ "query": QUERY, "variables": { "ref": reference.as_str() } });
        let request = self.client(reference)?.post(&self.url).json(&body);
        let response = request.send().await.map_err(|error| self.unreachable(reference, &error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(self.refused(reference, status));
        }
        let bytes = read(response, ANSWER_LIMIT_BYTES).await.map_err(|error| match error {
            ReadError::TooLarge => OrbError::permanent(format!(
                "the registry's answer for the orb `{reference}` is larger than {ANSWER_LIMIT_BYTES} bytes"
            )),
            ReadError::Broken(error) => self.unreachable(reference, &error),
        })?;
        let Answer { data, errors } = serde_json::from_slice(&bytes).map_err(|error| {
            OrbError::permanent(format!(
                "the orb `{reference}` could not be fetched: {} does not answer as an orb registry does ({error}): check \
                 `orb_registry_url`",
                self.url
            ))
        })?;
        match (data.and_then(|data| data.orb_version), errors.first()) {
            (Some(orb), _) if orb.source.len() > LARGEST_BYTES => Err(OrbError::permanent(format!(
                "the orb `{reference}` has {} bytes; an orb may have {LARGEST_BYTES}",
                orb.source.len()
            ))),
            (Some(orb), _) => Ok(Some(orb)),
            (None, None) => Ok(None),
            (None, Some(error)) => {
                let said: String = error.message.chars().take(300).collect();
                Err(OrbError::permanent(format!("the registry refuses to give the orb `{reference}`: {said}")))
            }
        }
    }

    fn client(&self, reference: &OrbRef) -> Result<Client, OrbError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let made = Client::builder()
            .user_agent(concat!("roundhouse/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| OrbError::permanent(format!("the orb `{reference}` could not be fetched: {error}")))?;
        *client = Some(made.clone());
        Ok(made)
    }

    fn unreachable(&self, reference: &OrbRef, error: &reqwest::Error) -> OrbError {
        let why = if error.is_timeout() {
            "it took too long".to_owned()
        } else {
            let mut cause: &dyn std::error::Error = error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            cause.to_string()
        };
        OrbError::transient(format!(
            "the orb `{reference}` could not be fetched: the registry {} cannot be reached: {why}; without a network, \
             import it (`roundhouse orb import`) or name a directory that has it (`--orb-dir`)",
            self.url
        ))
    }

    fn refused(&self, reference: &OrbRef, status: StatusCode) -> OrbError {
        let what = format!("the orb `{reference}` could not be fetched: the registry {} answered {status}", self.url);
        match status.as_u16() {
            408 | 425 | 429 | 500..=599 => OrbError::transient(what),
            _ => OrbError::permanent(format!("{what}: check `orb_registry_url`")),
        }
    }
}

/// Why an answer could not be read.
pub(super) enum ReadError {
    TooLarge,
    Broken(reqwest::Error),
}

/// Reads an answer to its end, or to the limit.
pub(super) async fn read(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(ReadError::Broken)? {
        if bytes.len() + chunk.len() > limit {
            return Err(ReadError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
