//! Claims out of queues of any length, and a start with a long one.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context;
use model::{id::RunnerId, job::JobEvent, protocol::Offers, time::Timestamp};
use store::{
    Store, StoreOptions, job,
    pipeline::{self, Compiled},
    project::{self, NewProject},
    queue::Seeker,
    runner,
    task::{self, Claim},
    workflow,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::{
    server::{Bench, now},
    table::{Table, median, millis},
};

/// Lengths of the queue.
const LENGTHS: [usize; 3] = [1, 1_000, 100_000];
/// Jobs of one workflow.
const JOBS: usize = 500;
/// Projects that they belong to.
const PROJECTS: usize = 50;
/// Claims that are timed.
const CLAIMS: usize = 100;

/// One claim with its commit, beside a commit of one small row.
pub async fn claims(table: &mut Table) -> anyhow::Result<()> {
    for length in lengths() {
        let directory = TempDir::with_prefix("roundhouse-bench-")?;
        let store = Store::open(directory.path(), StoreOptions::default()).await?;
        fill(&store, length).await?;
        let runner = runner(&store).await?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..CLAIMS {
            let begun = Instant::now();
            let task = claim(&store, runner).await?.context("the queue is empty")?;
            ours.push(begun.elapsed().as_secs_f64() * 1000.0);
            // It goes back, so that the queue is as long as before.
            let mut tx = store.begin().await?;
            task::unclaim(&mut tx, task.id, now()).await?;
            tx.commit().await?;
            let begun = Instant::now();
            let mut tx = store.begin().await?;
            runner::put_token(&mut tx, "bare", &[3; 32], now()).await?;
            tx.commit().await?;
            bare.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        let (ours, bare) = (median(ours), median(bare));
        let what = format!("a claim, {length} queued, beside one small commit");
        table.add(&what, millis(ours), millis(bare), Some(ours / bare), "flat, at most 2 ms");
    }
    Ok(())
}

/// From the start of the process to the answer of the first claim, with a long queue, beside the same with an empty one.
pub async fn restart(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let length = lengths().into_iter().max().unwrap_or(1);
    let mut times = Vec::new();
    for length in [0, length] {
        let directory = TempDir::with_prefix("roundhouse-bench-")?;
        let store = Store::open(directory.path(), StoreOptions::default()).await?;
        fill(&store, length.max(1)).await?;
        store.close().await;
        let token = Command::new(binary)
            .args(["admin", "runner", "create", "bench", "--data-dir"])
            .arg(directory.path())
            .output()
            .context("make a token")?;
        let token = String::from_utf8(token.stdout)?.trim().to_owned();
        let begun = Instant::now();
        let bench = Bench::start_in(binary, directory, false, &[]).await?;
        ask(&bench.address, &token).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let what = format!("start to first claim, {length} queued, beside 1 queued");
    table.add(&what, millis(times[1]), millis(times[0]), Some(times[1] / times[0]), "below 2 s");
    Ok(())
}

/// `BENCH_QUEUED` cuts the longest queue, for a quick run.
fn lengths() -> Vec<usize> {
    let most = std::env::var("BENCH_QUEUED").ok().and_then(|most| most.parse().ok()).unwrap_or(usize::MAX);
    LENGTHS.into_iter().map(|length| length.min(most)).collect()
}

async fn claim(store: &Store, runner: RunnerId) -> anyhow::Result<Option<task::Task>> {
    let mut tx = store.begin().await?;
    let claim = Claim {
        seeker: Seeker { runner: "bench", queues: &["docker".to_owned()] },
        runner,
        claim_id: Uuid::new_v4(),
        token_hash: &[2; 32],
        lease_until: now().plus_millis(600_000),
    };
    let task = task::claim(&mut tx, &claim, now()).await?;
    tx.commit().await?;
    Ok(task)
}

async fn runner(store: &Store) -> anyhow::Result<RunnerId> {
    let mut tx = store.begin().await?;
    let token = runner::put_token(&mut tx, "bench", &[1; 32], now()).await?;
    let offers = Offers { docker: true, machine: false, resource_classes: Vec::new() };
    let id = runner::seen(&mut tx, token, "bench", &offers, now()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Queues so many jobs, of many projects.
async fn fill(store: &Store, length: usize) -> anyhow::Result<()> {
    let mut left = length;
    let mut at = 0;
    while left > 0 {
        let count = left.min(JOBS);
        queue_jobs(store, at % PROJECTS, count).await?;
        left -= count;
        at += 1;
    }
    Ok(())
}

async fn queue_jobs(store: &Store, project: usize, count: usize) -> anyhow::Result<()> {
    let now: Timestamp = now();
    let mut tx = store.begin().await?;
    let new = NewProject { forge_id: i64::try_from(project)? + 1, ..rows::project(&format!("gh/bench/work{project}")) };
    let project = project::upsert(&mut tx, &new, now).await?;
    let pipeline = pipeline::create(&mut tx, &rows::pipeline(project.id), now).await?;
    let jobs = (0..count).map(|number| rows::build(&format!("job{number}"), rows::plan()));
    let plan = rows::workflow(jobs.collect());
    pipeline::set_created(&mut tx, pipeline.id, &Compiled { workflows: &[plan], warnings: None }, now).await?;
    for workflow in workflow::list_by_pipeline(tx.db(), pipeline.id).await? {
        for job in job::list_by_workflow(tx.db(), workflow.id).await? {
            job::advance(&mut tx, job, JobEvent::Unblocked, None, now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Claims over HTTP, as a runner does.
async fn ask(address: &str, token: &str) -> anyhow::Result<()> {
    let body = format!(
        r#"{{"claim_id":"{}","runner":"bench","version":1,"offers":{{"docker":true,"machine":false}},"wait_ms":0}}"#,
        Uuid::new_v4()
    );
    let request = format!(
        "POST /api/runner/v1/claim HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(60), stream.read_to_string(&mut answer)).await??;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "the claim was answered with {answer}");
    Ok(())
}
