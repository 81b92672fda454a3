//! The way of a job's data: a Unix socket in the spool, each request at which is passed on to the server with the task's
//! token, and the answer back, both as streams. The job never sees the token, and reaches nothing of the server but the few
//! addresses of [`model::blob`] and [`model::oidc`].

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use model::blob::{KEY_HEADER, SOCKET};
use reqwest::Client;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, warn};

use crate::{
    directory::TaskDirectory,
    os::{Listener, Stream},
    server::TaskCredentials,
};

/// Connections that a job may have at a time. More wait.
const CONNECTIONS: usize = 32;

/// How long a request's head may take to come.
const HEAD: Duration = Duration::from_secs(30);

/// After so long without a byte the server's host is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// Where requests go.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Sends them.
    pub client: Client,
    /// The address of the protocol, without a slash at its end.
    pub base: String,
}

/// The open way. Dropping it closes it, with all connections.
#[derive(Debug)]
pub(crate) struct Relay {
    _task: AbortOnDropHandle<()>,
}

impl Relay {
    /// Opens the socket of a task; one that an earlier process left there is replaced.
    pub(crate) fn open(directory: &TaskDirectory, upstream: Upstream, task: TaskCredentials) -> io::Result<Self> {
        let listener = Listener::open(directory.path(), SOCKET)?;
        let way = Arc::new(Way { upstream, task });
        Ok(Self { _task: AbortOnDropHandle::new(tokio::spawn(serve(listener, way))) })
    }
}

struct Way {
    upstream: Upstream,
    task: TaskCredentials,
}

async fn serve(listener: Listener, way: Arc<Way>) {
    let (mut open, turns) = (JoinSet::new(), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let turn = Arc::clone(&turns).acquire_owned();
        tokio::select! {
            accepted = async { (turn.await, listener.accept().await) } => match accepted {
                (Ok(turn), Ok(stream)) => {
                    let way = Arc::clone(&way);
                    open.spawn(async move {
                        connection(stream, way).await;
                        drop(turn);
                    });
                }
                (Ok(_), Err(error)) => {
                    debug!("A connection from a job could not be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                (Err(_), _) => return,
            },
            Some(_) = open.join_next() => {}
        }
    }
}

async fn connection(stream: Stream, way: Arc<Way>) {
    let service = service_fn(move |request| {
        let way = Arc::clone(&way);
        async move { Ok::<_, Infallible>(way.pass(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(256 << 10)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        debug!("A job's connection for its data broke: {error}");
    }
}

impl Way {
    async fn pass(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let Some(path) = address(&head.method, &head.uri) else {
            return refuse(StatusCode::NOT_FOUND, "there is no such address here");
        };
        let url = format!("{}/tasks/{}{path}", self.upstream.base, self.task.task);
        let mut call = self.upstream.client.request(head.method, url).bearer_auth(self.task.token.expose());
        call = call.headers(copied(&head.headers, &[CONTENT_LENGTH, CONTENT_TYPE]));
        if !hyper::body::Body::is_end_stream(&body) {
            call = call.body(reqwest::Body::wrap(body));
        }
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let why = causes(&error.without_url());
                warn!(task.id = %self.task.task, "Data of a job could not be passed to the server: {why}");
                let message = format!("the runner cannot reach the server: {why}");
                return refuse(StatusCode::BAD_GATEWAY, &message);
            }
        };
        let status = answer.status();
        let headers = copied(answer.headers(), &[CONTENT_LENGTH, CONTENT_TYPE, HeaderName::from_static(KEY_HEADER)]);
        let body = reqwest::Body::from(answer).map_err(Into::into).boxed_unsync();
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// The address at the server, if it is one of those that jobs use. What it does not name is not passed on, so that no
/// address of a job can come out elsewhere at the server.
fn address<'a>(method: &Method, uri: &'a Uri) -> Option<&'a str> {
    let known: &[Method] = match uri.path() {
        "/blobs/cache" => &[Method::GET, Method::HEAD, Method::PUT],
        "/blobs/workspace" => &[Method::GET, Method::PUT],
        "/blobs/artifact" | "/blobs/test-results" => &[Method::PUT],
        "/blobs/timings" | "/blobs/failed-tests" | model::oidc::PATH => &[Method::GET],
        path => {
            path.strip_prefix("/blobs/workspace/")?.parse::<uuid::Uuid>().ok()?;
            &[Method::GET]
        }
    };
    known.contains(method).then(|| uri.path_and_query().map(hyper::http::uri::PathAndQuery::as_str)).flatten()
}

fn copied(from: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let pairs = names.iter().filter_map(|name| Some((name.clone(), from.get(name)?.clone())));
    pairs.collect()
}

fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    let body = serde_json::json!({ "message": message }).to_string();
    let mut response = Response::new(Full::from(body).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn causes(error: &dyn std::error::Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

/// A client for bodies of any length: no bound on the whole, which ends with its task, but a server that is gone is noticed.
pub(crate) fn client(builder: reqwest::ClientBuilder) -> reqwest::Result<Client> {
    builder.tcp_keepalive(KEEPALIVE).tcp_keepalive_interval(KEEPALIVE).tcp_keepalive_retries(4).http1_only().build()
}

#[cfg(test)]
mod tests;
