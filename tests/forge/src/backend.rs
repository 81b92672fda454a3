//! Git's smart HTTP: hands requests to `git http-backend`, a CGI program that comes with Git.

use std::{path::Path, process::Stdio};

use anyhow::Context;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use tokio::{io::AsyncWriteExt, process::Command};

/// One request of a Git client.
#[derive(Debug)]
pub struct GitRequest {
    /// `GET` or `POST`.
    pub method: Method,
    /// Path below the directory of repositories: `/acme/api.git/info/refs`.
    pub path: String,
    /// What follows the `?`.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// A user name and password, as a client sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicAuth {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl BasicAuth {
    /// Reads an `Authorization: Basic` header.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (username, password) = text.split_once(':')?;
        Some(Self { username: username.to_owned(), password: password.to_owned() })
    }
}

/// The name of the repository that a path is about: `acme/api` of `/acme/api.git/info/refs`.
pub fn repository_of(path: &str) -> Option<&str> {
    let (name, rest) = path.trim_start_matches('/').split_once(".git/")?;
    matches!(rest, "info/refs" | "git-upload-pack").then_some(name)
}

/// Asks the client for a name and a password.
pub fn unauthorized() -> Response<Body> {
    let mut response = Response::new(Body::from("authentication required\n"));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"git\""));
    response
}

/// Runs `git http-backend` on one request.
///
/// # Errors
/// Fails when it cannot be started, or answers what is not CGI.
pub async fn serve(repositories: &Path, request: GitRequest) -> anyhow::Result<Response<Body>> {
    let GitRequest { method, path, query, headers, body } = request;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", repositories)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", method.as_str())
        .env("CONTENT_TYPE", text("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", text("content-encoding"))
        .env("GIT_PROTOCOL", text("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("start git http-backend")?;
    let mut input = child.stdin.take().context("git http-backend has no standard input")?;
    let (_, output) = tokio::join!(
        async move {
            // It may answer, and close its input, before it has read everything.
            input.write_all(&body).await.ok();
        },
        child.wait_with_output()
    );
    response_of(output.context("wait for git http-backend")?.stdout)
}

/// Reads a CGI answer: headers, an empty line, the body.
fn response_of(output: Vec<u8>) -> anyhow::Result<Response<Body>> {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").context("git http-backend sent no headers")?;
    let mut response = Response::new(Body::empty());
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            *response.status_mut() = code.parse().with_context(|| format!("`{value}` is not a status"))?;
        } else {
            response.headers_mut().append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
    }
    *response.body_mut() = Body::from(Bytes::from(output).slice(end + 4..));
    Ok(response)
}
