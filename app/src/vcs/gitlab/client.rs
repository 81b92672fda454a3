//! Requests to GitLab's REST API, with an access token.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use model::project::Vcs;
use reqwest::{Client, Method, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::status::OpenStatuses;
use crate::{
    clock::Clock,
    settings::GitlabSettings,
    vcs::{
        error::{ForgeError, Refusal, is_foreign},
        forges::{CloneCredentials, RepositoryHandle},
    },
};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer that is read.
const ANSWER_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// GitLab, through one access token.
#[derive(Debug)]
pub struct GitLab {
    settings: GitlabSettings,
    clock: Clock,
    /// Made when it is first needed, because that reads the system's certificates.
    client: Mutex<Option<Client>>,
    pub(super) open: OpenStatuses,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// What GitLab says about a refusal, on one line.
    pub fn message(&self) -> String {
        let json = serde_json::from_slice::<serde_json::Value>(&self.body).ok();
        let said = json.as_ref().and_then(|json| json.get("message").or_else(|| json.get("error")));
        let text = match said {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, ForgeError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            ForgeError::transient(format!("could not {what}: GitLab's answer makes no sense: {error}"))
        })
    }
}

impl GitLab {
    /// GitLab by its settings. Nothing is asked yet.
    pub fn new(settings: GitlabSettings, clock: Clock) -> Self {
        Self { settings, clock, client: Mutex::default(), open: OpenStatuses::default() }
    }

    /// User name and password for Git: GitLab takes an access token under any name.
    pub(in crate::vcs) fn clone_credentials(&self) -> Result<CloneCredentials, ForgeError> {
        Ok(CloneCredentials { username: "oauth2".to_owned(), password: self.token()?.clone() })
    }

    /// Asks about a project. `path` follows the project, already encoded.
    pub(super) async fn ask(
        &self,
        method: Method,
        repository: &RepositoryHandle,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        debug_assert_eq!(repository.slug.vcs, Vcs::GitLab);
        self.ask_at(method, &format!("projects/{}/{path}", repository.forge_id), body).await
    }

    /// Asks for something that belongs to no project.
    pub(super) async fn ask_at(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Answer, ForgeError> {
        let base = self.settings.url.trim_end_matches('/');
        let mut token = HeaderValue::try_from(self.token()?.expose_secret()).map_err(|_| {
            ForgeError::permanent("the GitLab token (ROUNDHOUSE_GITLAB_TOKEN) has characters that no token has")
        })?;
        token.set_sensitive(true);
        let url = format!("{base}/api/v4/{path}");
        let mut request = self.client()?.request(method, url).header("private-token", token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut response = request.send().await.map_err(|error| unreachable(base, &error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(base, &error))? {
            if body.len() + chunk.len() > ANSWER_LIMIT_BYTES {
                return Err(ForgeError::permanent(format!("GitLab's answer to {path} is larger than 8 MiB")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: body.into() })
    }

    /// Takes an answer that is a success; sorts any other.
    pub(super) fn accept(&self, answer: Answer, what: &str) -> Result<Answer, ForgeError> {
        if answer.status.is_success() {
            return match is_foreign(&answer.headers) {
                false => Ok(answer),
                true => Err(ForgeError::transient(format!(
                    "could not {what}: the answer was a page, and not of GitLab's API: something on the way gave it"
                ))),
            };
        }
        let refusal = Refusal {
            forge: "GitLab",
            what,
            status: answer.status,
            headers: &answer.headers,
            message: &answer.message(),
            credentials: "check that ROUNDHOUSE_GITLAB_TOKEN is right and has not expired",
            permission: "the token (ROUNDHOUSE_GITLAB_TOKEN) needs the scope `api` and the role Developer or higher",
        };
        Err(refusal.sort(self.clock.now()))
    }

    fn token(&self) -> Result<&SecretString, ForgeError> {
        self.settings.token.as_ref().ok_or_else(|| {
            ForgeError::permanent("GitLab has no token here: set ROUNDHOUSE_GITLAB_TOKEN to one with the scope `api`")
        })
    }

    fn client(&self) -> Result<Client, ForgeError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        // The token travels in a header of GitLab's own, which a redirect elsewhere would not lose: none is followed
        // away from the host.
        let policy = redirect::Policy::custom(|attempt| {
            let same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
            if same && attempt.previous().len() <= 3 { attempt.follow() } else { attempt.stop() }
        });
        let built = Client::builder()
            .timeout(TIMEOUT)
            .redirect(policy)
            .user_agent(concat!("roundhouse/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ForgeError::permanent(format!("could not make a client for GitLab: {error}")))?;
        Ok(client.insert(built).clone())
    }
}

fn unreachable(base: &str, error: &reqwest::Error) -> ForgeError {
    if error.is_timeout() {
        return ForgeError::transient(format!("GitLab ({base}) did not answer within {} s", TIMEOUT.as_secs()));
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    ForgeError::transient(format!("could not reach GitLab ({base}): {cause}"))
}

#[cfg(test)]
mod tests;
