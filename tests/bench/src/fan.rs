//! Many small jobs: from the push to the queue, and through a runner.

use std::time::{Duration, Instant};

use anyhow::bail;
use bollard::Docker;
use fake_forge::FakeGitHub;
use futures_util::future::join_all;
use model::{
    project::{GitRef, Sha},
    time::Timestamp,
    workflow::WorkflowStatus,
};
use store::{Store, job, pipeline, task, workflow};
use tempfile::TempDir;

use crate::{
    bare,
    server::{Bench, REPOSITORY, now},
    table::{Table, median, millis},
};

/// Jobs of the graph.
const GRAPH: usize = 1_000;
/// Tasks at a time.
const CAPACITY: usize = 2;
/// Waiting for longer is a failure.
const PATIENCE: Duration = Duration::from_secs(600);

/// A thousand jobs, from the push's webhook to the last one queued.
pub async fn graph(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..3 {
        let bench = Bench::start(binary, false).await?;
        let store = bench.store().await?;
        let (pushed, _) = push(&bench, &config(GRAPH, "docker:\n      - image: bench")).await?;
        wait(Duration::from_millis(5), async || Ok(task::count_queued(store.read()).await? == GRAPH as u64)).await?;
        times.push(now().millis_since(pushed) as f64);
    }
    table.add("push to 1,000 jobs queued", millis(median(times)), String::new(), None, "below 300 ms");
    Ok(())
}

/// Jobs of `true`, side by side in Docker, beside bare rounds of create, start, wait and remove.
pub async fn docker(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let docker = Docker::connect_with_local_defaults()?;
    let count = count();
    let executor = format!("docker:\n      - image: {}", bare::IMAGE);
    let ours = run(binary, &config(1, &executor), &config(count, &executor)).await?;
    let begun = Instant::now();
    let lanes = (0..CAPACITY).map(|lane| {
        let docker = &docker;
        async move {
            for _ in (lane..count).step_by(CAPACITY) {
                bare::round(docker).await?;
            }
            anyhow::Ok(())
        }
    });
    for lane in join_all(lanes).await {
        lane?;
    }
    let raw = begun.elapsed().as_secs_f64() * 1000.0;
    let what = format!("{count} jobs in Docker, {CAPACITY} at a time");
    table.add(&what, millis(ours), millis(raw), Some(ours / raw), "at most 1.15");
    Ok(())
}

/// The same on the host itself.
pub async fn machine(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let count = count();
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(run(binary, &config(1, "machine: true"), &config(count, "machine: true")).await?);
        raw.push(bare::forks(count)?);
    }
    let (ours, raw) = (median(ours), median(raw));
    let what = format!("{count} jobs on the host, {CAPACITY} at a time, beside forks of bash one by one");
    table.add(&what, millis(ours), millis(raw), Some(ours / raw), "at least 100 jobs a second");
    let rate = format!("{:.0} a second", count as f64 / ours * 1000.0);
    table.add("jobs on the host", rate, String::new(), None, "at least 100 a second");
    Ok(())
}

/// `BENCH_JOBS` makes it shorter.
fn count() -> usize {
    std::env::var("BENCH_JOBS").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

/// Milliseconds from the first claim to the last end, of jobs that come after a `first` one.
async fn run(binary: &str, first: &str, config: &str) -> anyhow::Result<f64> {
    let directory = TempDir::with_prefix("roundhouse-bench-")?;
    let capacity = CAPACITY.to_string();
    let mut bench = Bench::start_in(binary, directory, true, &[("ROUNDHOUSE_RUNNER_CAPACITY", &capacity)]).await?;
    let store = bench.store().await?;
    // A new server makes the key that signs tokens of jobs, and a new runner writes its agent: once.
    bench.run(first).await?;
    let (_, sha) = push(&bench, config).await?;
    // What is measured stands in the rows: looking more often would only take from it.
    wait(Duration::from_millis(50), async || is_done(&store, &sha).await).await?;
    let newest = pipeline::list(store.read(), &pipeline::PipelineFilter::default(), 1).await?;
    let mut times = Vec::new();
    for pipeline in &newest {
        for workflow in workflow::list_by_pipeline(store.read(), pipeline.id).await? {
            times.extend(job::list_by_workflow(store.read(), workflow.id).await?);
        }
    }
    let begun = times.iter().filter_map(|job| job.started_at).min();
    let ended = times.iter().filter_map(|job| job.ended_at).max();
    Ok(match (begun, ended) {
        (Some(begun), Some(ended)) => ended.millis_since(begun) as f64,
        (Some(_) | None, _) => f64::NAN,
    })
}

async fn is_done(store: &Store, sha: &Sha) -> anyhow::Result<bool> {
    let newest = pipeline::list(store.read(), &pipeline::PipelineFilter::default(), 1).await?;
    let Some(pipeline) = newest.iter().find(|pipeline| pipeline.sha == *sha) else { return Ok(false) };
    if let Some(reason) = &pipeline.reason {
        bail!("the pipeline has nothing to run: {reason}");
    }
    let workflows = workflow::list_by_pipeline(store.read(), pipeline.id).await?;
    let Some(workflow) = workflows.first() else { return Ok(false) };
    if workflow.status.is_ended() && workflow.status != WorkflowStatus::Success {
        bail!("the workflow ended as {}", workflow.status.name());
    }
    Ok(workflow.status == WorkflowStatus::Success)
}

async fn push(bench: &Bench, config: &str) -> anyhow::Result<(Timestamp, Sha)> {
    let forge: &FakeGitHub = &bench.forge;
    let sha = forge.commit(REPOSITORY, "main", &[(".circleci/config.yml", config)], "measure")?;
    let delivery = forge.push_webhook(REPOSITORY, &GitRef::Branch("main".to_owned()), None, Some(&sha))?;
    let pushed = now();
    let (status, body) = delivery.send(&format!("http://{}", bench.address)).await?;
    anyhow::ensure!(status == 202, "the webhook was answered with {status}: {body}");
    Ok((pushed, sha))
}

async fn wait(every: Duration, mut done: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !done().await? {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "it does not come to its end");
        tokio::time::sleep(every).await;
    }
    Ok(())
}

fn config(count: usize, executor: &str) -> String {
    let mut text = format!(
        "version: 2.1\njobs:\n  work:\n    {executor}\n    steps:\n      - run: true\nworkflows:\n  bench:\n    jobs:\n"
    );
    for number in 0..count {
        text += &format!("      - work:\n          name: job{number}\n");
    }
    text
}
