//! [`Server`] over HTTP: protocol version 1, as `docs/runner-protocol.md` describes it.

use std::time::Duration;

use async_trait::async_trait;
use model::protocol::{Assignment, ClaimRequest, EventAck, EventReport, LOG_TIME_HEADER, LogAck, Renewal, Unclaim};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::{
    blob::{self, Upstream},
    server::{LogChunk, Server, ServerError, TaskCredentials},
    settings::RunnerSettings,
};

/// How long an ordinary call may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How much longer than its own `wait_ms` a claim may take.
const CLAIM_GRACE: Duration = Duration::from_secs(15);
/// How much of an error's body is worth repeating.
const REASON_BYTES: usize = 500;

/// A server at an address.
#[derive(Clone, Debug)]
pub struct HttpServer {
    client: Client,
    data: Client,
    base: String,
    token: SecretString,
}

impl HttpServer {
    /// A client for the server of these settings, with the runner's own token.
    ///
    /// The process must have installed a default `rustls` crypto provider before, whether or not the address is HTTPS.
    ///
    /// # Errors
    /// Fails when the system's TLS roots cannot be loaded.
    pub fn new(settings: &RunnerSettings) -> anyhow::Result<Self> {
        let base = format!("{}/api/runner/v1", settings.server_url.trim_end_matches('/'));
        // No proxy knows the way to this host's own loopback.
        let direct = is_loopback(&base);
        let builder = || {
            let builder = Client::builder()
                .user_agent(concat!("roundhouse-runner/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(10))
                .tcp_nodelay(true)
                .redirect(reqwest::redirect::Policy::none());
            if direct { builder.no_proxy() } else { builder }
        };
        let data = blob::client(builder())?;
        Ok(Self { client: builder().build()?, data, base, token: settings.token.clone() })
    }

    fn task_request(&self, method: Method, task: &TaskCredentials, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}/tasks/{}{path}", self.base, task.task))
            .bearer_auth(task.token.expose())
            .timeout(TIMEOUT)
    }
}

#[async_trait]
impl Server for HttpServer {
    async fn claim(&self, request: &ClaimRequest) -> Result<Option<Assignment>, ServerError> {
        let call = self
            .client
            .post(format!("{}/claim", self.base))
            .bearer_auth(self.token.expose_secret())
            .timeout(Duration::from_millis(request.wait_ms) + CLAIM_GRACE)
            .json(request);
        let response = send(call).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        json(response).await.map(Some)
    }

    async fn get(&self, task: &TaskCredentials) -> Result<Assignment, ServerError> {
        json(send(self.task_request(Method::GET, task, "")).await?).await
    }

    async fn renew(&self, task: &TaskCredentials) -> Result<Renewal, ServerError> {
        json(send(self.task_request(Method::POST, task, "/renew")).await?).await
    }

    async fn report(&self, task: &TaskCredentials, report: &EventReport) -> Result<EventAck, ServerError> {
        json(send(self.task_request(Method::POST, task, "/events").json(report)).await?).await
    }

    async fn append_log(&self, task: &TaskCredentials, chunk: &LogChunk) -> Result<LogAck, ServerError> {
        let LogChunk { key, offset, at, bytes } = chunk;
        let path = format!("/logs/{}/{}?offset={offset}", key.step, key.attempt);
        let call = self
            .task_request(Method::PUT, task, &path)
            .header(LOG_TIME_HEADER, at.millis())
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(bytes.clone());
        json(send(call).await?).await
    }

    fn upstream(&self) -> Option<Upstream> {
        Some(Upstream { client: self.data.clone(), base: self.base.clone() })
    }

    async fn unclaim(&self, task: &TaskCredentials, unclaim: &Unclaim) -> Result<(), ServerError> {
        send(self.task_request(Method::POST, task, "/unclaim").json(unclaim)).await.map(drop)
    }
}

fn is_loopback(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Sends a request and sorts the answer by what it means to the caller.
async fn send(request: RequestBuilder) -> Result<Response, ServerError> {
    let response = request.send().await.map_err(unavailable)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    // A proxy that has lost its server may answer 404 to anything; only the server's own 404 has the protocol's body.
    let text = response.text().await.unwrap_or_default();
    let message = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|body| body.get("message").and_then(|message| message.as_str().map(str::to_owned)));
    let own = message.is_some();
    let mut reason = message.unwrap_or(text);
    if let Some((cut, _)) = reason.char_indices().find(|(index, _)| *index >= REASON_BYTES) {
        reason.truncate(cut);
    }
    let reason = format!("HTTP {}: {}", status.as_u16(), reason.trim());
    Err(match status {
        StatusCode::CONFLICT | StatusCode::GONE => ServerError::Fenced,
        StatusCode::NOT_FOUND if own => ServerError::Fenced,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ServerError::Unauthorized,
        StatusCode::NOT_FOUND | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            ServerError::Unavailable(reason)
        }
        status if status.is_client_error() => ServerError::Refused(reason),
        _ => ServerError::Unavailable(reason),
    })
}

async fn json<T: DeserializeOwned>(response: Response) -> Result<T, ServerError> {
    response.json().await.map_err(unavailable)
}

/// The whole chain of causes without the address, which is known.
fn unavailable(error: reqwest::Error) -> ServerError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    ServerError::Unavailable(text)
}
