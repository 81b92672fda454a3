//! The relay between a client on its socket and a server that is made up.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, PermissionsExt, symlink},
    sync::Mutex,
};

use model::{
    id::TaskId,
    protocol::{Epoch, TaskToken},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
};
use uuid::Uuid;

use super::*;
use crate::directory::{TaskKey, TaskState};

/// What a request was: its first line, its headers in lower case, its body.
#[derive(Clone, Debug, Default)]
struct Seen {
    head: String,
    body: Vec<u8>,
    whole: bool,
}

struct Kit {
    tasks: TempDir,
    directory: TaskDirectory,
    credentials: TaskCredentials,
    upstream: Upstream,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Kit {
    /// A server that answers each request with `answer` and closes.
    async fn new(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/api/runner/v1", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let seen = read(&mut stream).await;
                all.lock().unwrap().push(seen);
                stream.write_all(answer).await.unwrap_or_default();
            }
        });
        let tasks = TempDir::new().unwrap();
        let task = TaskId::from_uuid(Uuid::nil());
        let directory = TaskDirectory::new(tasks.path(), TaskKey { task, epoch: Epoch(1) });
        let token = TaskToken::new("1.secret".to_owned());
        let state = TaskState { task, epoch: Epoch(1), token: token.clone(), executor: None };
        directory.create(&state).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = client(Client::builder().no_proxy()).unwrap();
        let upstream = Upstream { client, base };
        Self { tasks, directory, credentials: TaskCredentials { task, token }, upstream, seen }
    }

    fn open(&self) -> Relay {
        Relay::open(&self.directory, self.upstream.clone(), self.credentials.clone()).unwrap()
    }

    /// Sends bytes to the socket and reads to the end.
    async fn send(&self, request: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.directory.spool().join(SOCKET)).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A request with a length or in chunks.
async fn read(stream: &mut tokio::net::TcpStream) -> Seen {
    let mut bytes = Vec::new();
    loop {
        let at = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(at) = at {
            let (head, body) = (String::from_utf8_lossy(&bytes[..at]).to_lowercase(), bytes[at + 4..].to_vec());
            let length: Option<usize> =
                head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            let whole = match length {
                Some(length) => body.len() == length,
                None if head.contains("transfer-encoding: chunked") => body.ends_with(b"0\r\n\r\n"),
                None => true,
            };
            if whole {
                return Seen { head, body, whole };
            }
        }
        let mut more = [0; 65_536];
        match stream.read(&mut more).await.unwrap_or(0) {
            0 => return Seen { head: String::from_utf8_lossy(&bytes).to_lowercase(), body: Vec::new(), whole: false },
            read => bytes.extend_from_slice(&more[..read]),
        }
    }
}

const FOUND: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-roundhouse-key: deps%20v1\r\nset-cookie: no\r\n\
    connection: close\r\n\r\nhello";

#[tokio::test]
async fn a_request_goes_to_the_server_with_the_tasks_token_and_the_answer_comes_back() {
    let kit = Kit::new(FOUND).await;
    let _relay = kit.open();
    let answer = kit
        .send(b"GET /blobs/cache?key=a%20b&key=c HTTP/1.1\r\nhost: x\r\nauthorization: Bearer mine\r\nconnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"), "{answer}");
    assert!(answer.contains("x-roundhouse-key: deps%20v1\r\n") && !answer.contains("cookie"), "{answer}");
    let head = &kit.seen()[0].head;
    let task = Uuid::nil();
    assert!(
        head.starts_with(&format!("get /api/runner/v1/tasks/{task}/blobs/cache?key=a%20b&key=c http/1.1")),
        "{head}"
    );
    assert!(head.contains("authorization: bearer 1.secret") && !head.contains("mine"), "{head}");
}

#[tokio::test]
async fn bodies_pass_with_a_length_and_in_chunks_and_unfinished_ones_do_not() {
    let kit = Kit::new(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let _relay = kit.open();
    let mut request =
        b"PUT /blobs/artifact?path=a HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 300000\r\n\r\n"
            .to_vec();
    request.extend_from_slice(&[7; 300_000]);
    assert!(kit.send(&request).await.starts_with("HTTP/1.1 201"));
    let chunked =
        b"PUT /blobs/workspace HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
        3\r\nabc\r\n0\r\n\r\n";
    assert!(kit.send(chunked).await.starts_with("HTTP/1.1 201"));
    let seen = kit.seen();
    assert!(seen[0].head.contains("content-length: 300000") && seen[0].body == [7; 300_000]);
    assert!(seen[1].head.contains("transfer-encoding: chunked") && seen[1].whole, "{:?}", seen[1]);
    let mut stream = UnixStream::connect(kit.directory.spool().join(SOCKET)).await.unwrap();
    stream
        .write_all(b"PUT /blobs/workspace HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        .await
        .unwrap();
    drop(stream);
    while kit.seen().len() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(!kit.seen()[2].whole, "{:?}", kit.seen()[2]);
}

#[tokio::test]
async fn nothing_else_of_the_server_can_be_reached() {
    let kit = Kit::new(FOUND).await;
    let _relay = kit.open();
    let others = [
        "POST /blobs/cache",
        "GET /renew",
        "GET /blobs/../renew",
        "GET /blobs/%2e%2e/renew",
        "GET /blobs/workspace/../../renew",
        "GET /blobs/workspace/x",
        "PUT /blobs/timings",
        "POST /oidc/token",
        "GET /oidc/token/x",
        "DELETE /blobs/cache?key=a",
        "GET http://example.com/claim",
    ];
    for other in others {
        let answer = kit.send(format!("{other} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("message"), "{other}: {answer}");
    }
    assert!(kit.seen().is_empty());
}

#[tokio::test]
async fn a_server_that_is_away_is_said() {
    let mut kit = Kit::new(FOUND).await;
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    kit.upstream.base = format!("http://{}", taken.local_addr().unwrap());
    drop(taken);
    let _relay = kit.open();
    let answer = kit.send(b"GET /blobs/timings HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("the runner cannot reach the server"), "{answer}");
}

#[tokio::test]
async fn the_socket_lets_everyone_in_and_follows_nobody() {
    let kit = Kit::new(FOUND).await;
    let target = kit.tasks.path().join("private");
    fs::write(&target, "mine").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
    let socket = kit.directory.spool().join(SOCKET);
    symlink(&target, &socket).unwrap();
    let relay = kit.open();
    let found = fs::symlink_metadata(&socket).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o666);
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600, "a job's link is not followed");
    drop(relay);
    let _again = kit.open();
    assert!(kit.send(b"GET /blobs/timings HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ends_with("hello"));
}
