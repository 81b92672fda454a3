//! Intake: signed push events over 64 connections, each answered when its row is on disk.
//!
//! The events are deletions of branches, so that what is measured is the door (HMAC, parse, durable row) and not the forge
//! that would be asked for a configuration. The client shares the machine with the server.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use fake_forge::{Delivery, FakeGitHub};
use kit::{app::REPOSITORY, server_process::ServerProcess};
use model::project::GitRef;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::table::Table;

const CONNECTIONS: usize = 64;
const DELIVERIES: usize = 30_000;

/// Deliveries per second and the 99th percentile of their answers.
pub async fn measure(table: &mut Table) {
    let github = FakeGitHub::start().await.unwrap();
    github.create_repo(REPOSITORY).unwrap();
    let sha = github.commit(REPOSITORY, "main", &[("a", "b")], "Something").unwrap();
    let data = TempDir::new().unwrap();
    let variables = [
        ("ROUNDHOUSE_GITHUB_URL", github.url()),
        ("ROUNDHOUSE_GITHUB_API_URL", github.api_url()),
        ("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET", github.webhook_secret().to_owned()),
        ("ROUNDHOUSE_LOG", "warn".to_owned()),
    ];
    let server = ServerProcess::start(data.path(), &["--no-runner"], &variables).await;
    let address = server.address();
    let deliveries: Vec<Vec<u8>> = (0..DELIVERIES)
        .map(|number| {
            let git_ref = GitRef::Branch(format!("topic/{number}"));
            request(&github.push_webhook(REPOSITORY, &git_ref, Some(&sha), None).unwrap())
        })
        .collect();
    let (deliveries, next) = (Arc::new(deliveries), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let clients: Vec<_> =
        (0..CONNECTIONS).map(|_| tokio::spawn(client(address, Arc::clone(&deliveries), Arc::clone(&next)))).collect();
    let mut times = Vec::with_capacity(DELIVERIES);
    for client in clients {
        times.extend(client.await.unwrap());
    }
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let p99 = times[times.len() * 99 / 100];
    table.row("webhook intake, 64 connections", format!("{rate:.0} /s"), "-".into(), "-".into(), ">= 5000 /s");
    table.row("webhook intake, p99", format!("{p99:.1} ms"), "-".into(), "-".into(), "< 25 ms");
}

/// A delivery as the bytes of an HTTP request.
fn request(delivery: &Delivery) -> Vec<u8> {
    let mut text = format!("POST {} HTTP/1.1\r\nHost: roundhouse\r\n", delivery.path);
    for (name, value) in &delivery.headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n", delivery.body.len());
    [text.into_bytes(), delivery.body.clone()].concat()
}

async fn client(address: SocketAddr, deliveries: Arc<Vec<Vec<u8>>>, next: Arc<AtomicUsize>) -> Vec<f64> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut times, mut answer) = (Vec::new(), vec![0; 4_096]);
    while let Some(delivery) = deliveries.get(next.fetch_add(1, Ordering::Relaxed)) {
        let begun = Instant::now();
        stream.write_all(delivery).await.unwrap();
        // The answers are short: they come in one piece.
        let count = stream.read(&mut answer).await.unwrap();
        assert!(answer[..count].starts_with(b"HTTP/1.1 202"), "{}", String::from_utf8_lossy(&answer[..count]));
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times
}
