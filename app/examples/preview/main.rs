//! The dashboard over made-up rows, to look at while it is worked on:
//! `cargo run -p roundhouse --example preview -- 127.0.0.1:8010`.
//!
//! Rows are made through the store, as the stages make them; a running job prints a line every second, and
//! ends after `--lines 600` of them.

mod output;
mod seed;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use model::{
    event::{StepKey, StepResult},
    job::Outcome,
};
use roundhouse::{
    blob::Blobs,
    clock::Clock,
    disk::Disk,
    dispatch::Queue,
    http::{
        auth::{AuthState, Rules},
        web::{LineCounts, Setup, WebState, router},
    },
    log::{LogKey, Logs},
    secret::Vault,
    settings::{BlobPlace, GithubSettings, LoginSettings},
    vcs::{ForgeSettings, Forges},
};
use store::{Store, StoreOptions, step::Step};
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
    let vault = Vault::open(directory.path(), None)?;
    if running.is_some() {
        seed::secrets(&store, &vault, clock.now()).await.context("failed to make secrets")?;
    }
    // Nobody logs in here, so that no forge is asked.
    let github = GithubSettings {
        url: "https://github.com".to_owned(),
        api_url: "https://api.github.com".to_owned(),
        app: None,
        webhook_secret: None,
    };
    let forges = Arc::new(Forges::new(ForgeSettings { github, gitlab: None }, clock.clone()));
    let rules = Rules::new(&format!("http://{address}"), &LoginSettings::default());
    let state = WebState {
        auth: AuthState::new(store.clone(), clock.clone(), forges, rules),
        queue: Queue::new(store.clone(), clock.clone(), Disk::new(directory.path(), 0)),
        store,
        logs: logs.clone(),
        blobs: Blobs::open(&BlobPlace::Directory(directory.path().join("blobs")))?,
        vault,
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
    let state_of_play = state.clone();
    if let Some(key) = running {
        tokio::spawn(async move {
            if let Err(error) = play(&state_of_play, key).await {
                eprintln!("the running job stopped: {error:#}");
            }
        });
    }
    let listener = tokio::net::TcpListener::bind(&address).await?;
    println!("http://{address}");
    axum::serve(listener, router(state).into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// Lets the running job print for a while, take its last step, and end.
async fn play(state: &WebState, key: LogKey) -> anyhow::Result<()> {
    let lines = std::env::args().skip_while(|argument| argument != "--lines").nth(1);
    let lines: u64 = lines.map_or(Ok(600), |lines| lines.parse())?;
    let (store, logs, clock) = (&state.store, &state.logs, &state.clock);
    for line in 0..lines {
        tokio::time::sleep(Duration::from_millis(700)).await;
        // Lines come in two halves, as they do from a slow program.
        let (start, end) = output::test_line(line);
        logs.append(key, logs.len(key).await?, start.into(), clock.now()).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        logs.append(key, logs.len(key).await?, end.into(), clock.now()).await?;
    }
    let last = StepKey::first(key.step.step + 1);
    let step = Step {
        task_id: key.task,
        key: last,
        name: "Store test results".to_owned(),
        command: String::new(),
        background: false,
        result: None,
        started_at: clock.now(),
        ended_at: None,
    };
    let mut tx = store.begin().await?;
    store::step::end(&mut tx, key.task, key.step, &StepResult::SUCCESS, clock.now()).await?;
    store::step::start(&mut tx, &step).await?;
    tx.changed(store::Topic::Job(key.job));
    tx.commit().await?;
    logs.append(LogKey { step: last, ..key }, 0, "31 tests in 1 file\n".into(), clock.now()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut tx = store.begin().await?;
    store::step::end(&mut tx, key.task, last, &StepResult::SUCCESS, clock.now()).await?;
    for task in store::task::list_by_job(tx.db(), key.job).await? {
        store::task::end(&mut tx, task.id, Outcome::Success, None, clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}
