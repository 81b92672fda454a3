//! Requests to GitHub's REST API: with a time limit, redirects within the API, and a new token when one is refused.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::{
    app::App,
    token::{Purpose, Tokens},
};
use crate::{
    clock::Clock,
    settings::GithubSettings,
    vcs::{
        error::{ForgeError, Refusal, is_foreign},
        forges::{CloneCredentials, RepositoryHandle},
    },
};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer that is read.
const ANSWER_LIMIT_BYTES: usize = 8 * 1024 * 1024;
/// How often an answer may send us elsewhere: a renamed repository answers so.
const MOST_REDIRECTS: u8 = 3;

/// GitHub, through one GitHub App.
#[derive(Debug)]
pub struct GitHub {
    settings: GithubSettings,
    pub(super) clock: Clock,
    pub(super) tokens: Tokens,
    app: App,
}

/// A request, before its credentials.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub method: Method,
    /// Path and query, already encoded.
    pub path: String,
    pub accept: Option<&'static str>,
    pub body: Option<serde_json::Value>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// What GitHub says about a refusal, on one line.
    pub fn message(&self) -> String {
        let json = serde_json::from_slice::<serde_json::Value>(&self.body).ok();
        let text = json.as_ref().and_then(|json| json.get("message")).and_then(serde_json::Value::as_str);
        text.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, ForgeError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            ForgeError::transient(format!("could not {what}: GitHub's answer makes no sense: {error}"))
        })
    }
}

impl GitHub {
    /// GitHub by its settings. Nothing is asked yet.
    pub fn new(settings: GithubSettings, clock: Clock) -> Self {
        Self { settings, clock, tokens: Tokens::default(), app: App::default() }
    }

    /// User name and password for Git.
    pub(in crate::vcs) async fn clone_credentials(
        &self,
        repository: &RepositoryHandle,
    ) -> Result<CloneCredentials, ForgeError> {
        let password = self.token(repository, Purpose::Clone, None).await?;
        Ok(CloneCredentials { username: "x-access-token".to_owned(), password })
    }

    /// Asks with a token for one repository and one purpose. A refused token is replaced, once.
    pub(super) async fn ask(
        &self,
        repository: &RepositoryHandle,
        purpose: Purpose,
        request: Request,
    ) -> Result<Answer, ForgeError> {
        let token = self.token(repository, purpose, None).await?;
        let answer = self.send(&request, Some(&token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let token = self.token(repository, purpose, Some(&token)).await?;
        self.send(&request, Some(&token)).await
    }

    /// Asks as the App itself.
    pub(super) async fn ask_as_app(&self, request: Request) -> Result<Answer, ForgeError> {
        self.send(&request, None).await
    }

    /// Takes an answer that is a success; sorts any other.
    pub(super) fn accept(&self, answer: Answer, what: &str, purpose: Purpose) -> Result<Answer, ForgeError> {
        if answer.status.is_success() {
            return match is_foreign(&answer.headers) {
                false => Ok(answer),
                true => Err(ForgeError::transient(format!(
                    "could not {what}: the answer was a page, and not of GitHub's API: something on the way gave it"
                ))),
            };
        }
        let refusal = Refusal {
            forge: "GitHub",
            what,
            status: answer.status,
            headers: &answer.headers,
            message: &answer.message(),
            credentials: "check ROUNDHOUSE_GITHUB_APP_ID and ROUNDHOUSE_GITHUB_PRIVATE_KEY, and that this machine's \
                          clock is right",
            permission: &format!("give the GitHub App the permission `{}`", purpose.permission_text()),
        };
        Err(refusal.sort(self.clock.now()))
    }

    async fn send(&self, request: &Request, token: Option<&SecretString>) -> Result<Answer, ForgeError> {
        let GithubSettings { url: _, api_url, app, webhook_secret: _ } = &self.settings;
        let app = self.app.client(api_url, app.as_ref())?;
        let token = match token {
            Some(token) => token.clone(),
            None => app.sign(self.clock.now())?,
        };
        let mut path = request.path.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = tokio::time::timeout(TIMEOUT, exchange(&app.client, request, &path, &token))
                .await
                .map_err(|_| {
                    ForgeError::transient(format!("GitHub ({api_url}) did not answer within {} s", TIMEOUT.as_secs()))
                })?
                .map_err(|error| {
                    ForgeError::transient(format!("could not reach GitHub ({api_url}): {}", innermost(&error)))
                })?;
            match redirect(api_url, &answer) {
                Some(next) => path = next,
                None => return Ok(answer),
            }
        }
        Err(ForgeError::transient(format!("GitHub ({api_url}) redirected {} in circles", request.path)))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

async fn exchange(client: &Octocrab, request: &Request, path: &str, token: &SecretString) -> Result<Answer, BoxError> {
    let mut builder = http::Request::builder().method(request.method.clone()).uri(path);
    builder = builder.header(header::ACCEPT, request.accept.unwrap_or("application/vnd.github+json"));
    builder = builder.header(header::USER_AGENT, concat!("roundhouse/", env!("CARGO_PKG_VERSION")));
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))?;
    value.set_sensitive(true);
    builder = builder.header(header::AUTHORIZATION, value);
    let response = client.send(client.build_request(builder, request.body.as_ref())?).await?;
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_LIMIT_BYTES).collect().await?.to_bytes();
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

/// Path and query that an answer sends us to, when that is within the same API: our token goes nowhere else.
fn redirect(api_url: &str, answer: &Answer) -> Option<String> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 307 | 308) {
        return None;
    }
    let location = answer.headers.get(header::LOCATION)?.to_str().ok()?;
    let rest = location.strip_prefix(api_url.trim_end_matches('/')).unwrap_or(location);
    (rest.starts_with('/') && !rest.starts_with("//") && rest.parse::<Uri>().is_ok()).then(|| rest.to_owned())
}

/// The innermost cause: `connection refused` rather than `client error`.
fn innermost(error: &BoxError) -> String {
    let mut cause: &dyn std::error::Error = &**error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
