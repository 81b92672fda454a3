//! Connections: taken, served, and given up when nothing comes over them.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use tracing::{debug, warn};

/// The head of a request must come within this, from the beginning of the connection or the end of the request before: so that
/// silent connections do not use up the descriptors of the process. Clients that keep connections for later, runners
/// among them, give them up sooner.
const HEAD_WITHIN: Duration = Duration::from_secs(120);

/// When the process has no descriptor left, this passes before the next connection is taken.
const BREATH: Duration = Duration::from_millis(200);

/// Serves until `stop`; then takes no more connections, and returns when the last request is answered. Whoever asks is known
/// to the handlers as [`ConnectInfo`].
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(serve_one(stream, peer, router.clone(), stop.clone(), HEAD_WITHIN));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                warn!("Cannot take a connection: {error}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
    head_within: Duration,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!("Cannot hurry a connection: {error}");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!("A connection from {peer} ended early: {error}");
    }
}

/// Whether only the connection that was about to be taken is to blame.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{Router, extract::ConnectInfo, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };
    use tokio_util::sync::CancellationToken;

    use super::serve_one;

    /// A connection to a server that waits only a moment for heads.
    async fn connect() -> (TcpStream, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, peer) = listener.accept().await.unwrap();
        let who = |ConnectInfo(peer): ConnectInfo<std::net::SocketAddr>| async move { peer.to_string() };
        let router = Router::new().route("/", get(who));
        tokio::spawn(serve_one(accepted, peer, router, CancellationToken::new(), Duration::from_millis(50)));
        (stream, peer)
    }

    #[tokio::test]
    async fn a_silent_connection_is_given_up() {
        let (mut stream, _) = connect().await;
        stream.write_all(b"GET / HT").await.unwrap();
        let mut answer = String::new();
        // It comes to its end by itself, or this test does not.
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    #[tokio::test]
    async fn so_is_one_that_has_been_answered() {
        let (mut stream, peer) = connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&peer.to_string()), "{answer}");
    }
}
