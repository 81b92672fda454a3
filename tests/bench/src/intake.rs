//! Webhooks per second, each signed, verified and durable before its answer; beside axum with the same insert and nothing else.

use std::{sync::Arc, time::Instant};

use anyhow::Context;
use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use fake_forge::delivery::hmac_sha256_hex;
use model::{project::Vcs, time::Timestamp};
use store::{Store, StoreOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    server::{Bench, now},
    table::{Table, millis, percentile},
};

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 20_000;

/// Measures both, one after the other.
pub async fn measure(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let bench = Bench::start(binary, false).await?;
    let body = body(&bench)?;
    let secret = bench.forge.webhook_secret().as_bytes();
    let signature = hmac_sha256_hex(secret, &body);
    let (rate, p99) = load(&bench.address, &body, &signature, 202).await?;
    // Ids count up, so the last one is there only if all are.
    let last = store::delivery::DeliveryId(i64::try_from(REQUESTS)?);
    store::delivery::get(bench.store().await?.read(), last)
        .await
        .context("a webhook was answered and is not stored")?;

    let (address, _directory) = bare_server().await?;
    let (bare_rate, bare_p99) = load(&address, &body, &signature, 202).await?;
    table.add(
        "webhooks stored per second",
        format!("{rate:.0}/s"),
        format!("{bare_rate:.0}/s"),
        Some(rate / bare_rate),
        "at least 5000/s",
    );
    table.add("webhook answer, p99", millis(p99), millis(bare_p99), Some(p99 / bare_p99), "under 25 ms");
    Ok(())
}

/// A deletion: stored and verified like every other, and then soon ignored, so that only intake is measured.
fn body(bench: &Bench) -> anyhow::Result<Vec<u8>> {
    let sha = bench.forge.commit(crate::server::REPOSITORY, "gone", &[("file", "text")], "to be deleted")?;
    let branch = model::project::GitRef::Branch("gone".to_owned());
    Ok(bench.forge.push_webhook(crate::server::REPOSITORY, &branch, Some(&sha), None)?.body)
}

async fn load(address: &str, body: &[u8], signature: &str, expected: u16) -> anyhow::Result<(f64, f64)> {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|connection| {
            let requests: Vec<Vec<u8>> = (connection..REQUESTS)
                .step_by(CONNECTIONS)
                .map(|number| {
                    let mut request = format!(
                        "POST /hooks/github HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
                         x-github-event: push\r\nx-github-delivery: {number:08}-{}\r\nx-hub-signature-256: sha256={signature}\r\n\
                         content-length: {}\r\n\r\n",
                        address.len(),
                        body.len()
                    )
                    .into_bytes();
                    request.extend_from_slice(body);
                    request
                })
                .collect();
            let address = address.to_owned();
            tokio::spawn(async move { one_connection(&address, requests, expected).await })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok((REQUESTS as f64 / begun.elapsed().as_secs_f64(), percentile(times, 99)))
}

async fn one_connection(address: &str, requests: Vec<Vec<u8>>, expected: u16) -> anyhow::Result<Vec<f64>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(requests.len());
    let mut answer = vec![0; 16 * 1024];
    for request in requests {
        let begun = Instant::now();
        stream.write_all(&request).await?;
        let mut have = 0;
        // Answers are small: complete once head and announced body are there.
        loop {
            let count = stream.read(&mut answer[have..]).await?;
            anyhow::ensure!(count > 0, "the server closed the connection");
            have += count;
            if complete(&answer[..have]) {
                break;
            }
        }
        let status: u16 = std::str::from_utf8(&answer[9..12])?.parse().context("no status code")?;
        anyhow::ensure!(status == expected, "answered with {status}");
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

fn complete(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    answer.len() >= head + 4 + length.unwrap_or(0)
}

/// axum, one insert of the same body, group commit, and nothing else: no signature, no event, no answer text.
async fn bare_server() -> anyhow::Result<(String, tempfile::TempDir)> {
    let directory = tempfile::TempDir::with_prefix("roundhouse-bare-")?;
    let store = Arc::new(Store::open(directory.path(), StoreOptions::default()).await?);
    let router = Router::new().route("/hooks/github", post(bare)).with_state(store);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((address, directory))
}

async fn bare(State(store): State<Arc<Store>>, headers: axum::http::HeaderMap, body: Bytes) -> StatusCode {
    let guid = headers.get("x-github-delivery").and_then(|guid| guid.to_str().ok()).unwrap_or_default().to_owned();
    let received_at: Timestamp = now();
    let delivery = store::inbox::NewDelivery {
        vcs: Vcs::GitHub,
        guid,
        event: "push".to_owned(),
        body: body.to_vec(),
        received_at,
    };
    match store.inbox().insert(delivery).await {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
