//! The dashboard over made-up rows, to look at while it is worked on:
//! `cargo run -p roundhouse --example preview -- 127.0.0.1:8010`.
//!
//! Rows are made through the store, as the stages make them; a running job prints a line every second.

mod output;
mod seed;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use roundhouse::{
    clock::Clock,
    http::web::{LineCounts, Setup, WebState, router},
    log::Logs,
};
use store::{Store, StoreOptions};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8010".to_owned());
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path(), StoreOptions::default()).await?;
    let logs = Logs::open(directory.path(), store.bus().clone())?;
    let clock = Clock::System;
    let running = if std::env::args().any(|argument| argument == "--empty") {
        None
    } else {
        Some(seed::all(&store, &logs, clock.now()).await.context("failed to make rows")?)
    };
    let state = WebState {
        store,
        logs: logs.clone(),
        counts: LineCounts::default(),
        clock: clock.clone(),
        setup: Arc::new(Setup {
            github_url: "https://github.com".to_owned(),
            github_app: Some(123_456),
            github_secret: true,
            gitlab_url: Some("https://gitlab.com".to_owned()),
            runner_capacity: Some(4),
            ..Setup::default()
        }),
        stop: CancellationToken::new(),
    };
    if let Some(key) = running {
        tokio::spawn(async move {
            for line in 0_u64.. {
                tokio::time::sleep(Duration::from_millis(1_000)).await;
                let Ok(have) = logs.len(key).await else { return };
                // Lines come in two halves, as they do from a slow program.
                let (start, end) = output::test_line(line);
                let half = logs.append(key, have, start.into(), clock.now()).await;
                tokio::time::sleep(Duration::from_millis(300)).await;
                let Ok(have) = half else { return };
                if logs.append(key, have, end.into(), clock.now()).await.is_err() {
                    return;
                }
            }
        });
    }
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}");
    axum::serve(listener, router(state)).await?;
    Ok(())
}
