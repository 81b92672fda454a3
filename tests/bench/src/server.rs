//! A real server process, connected to the fake forge.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use fake_forge::FakeGitHub;
use model::{
    event::StepResult,
    job::JobState,
    project::{GitRef, Sha},
    time::Timestamp,
};
use store::{Store, StoreOptions, pipeline, step, task, workflow};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The repository of every measurement.
pub const REPOSITORY: &str = "bench/work";

/// A server with its data, and the forge that it is connected to.
pub struct Bench {
    child: Child,
    pub directory: TempDir,
    pub address: String,
    pub forge: FakeGitHub,
    /// From the start of the process to its first answer.
    pub ready_ms: f64,
    head: Option<Sha>,
}

/// One step of a job that has ended.
#[derive(Debug)]
pub struct StepTime {
    pub name: String,
    pub started: Timestamp,
    pub ended: Timestamp,
}

impl Bench {
    /// Starts a server; `runner` with the bundled one.
    pub async fn start(binary: &str, runner: bool) -> anyhow::Result<Self> {
        Self::start_in(binary, TempDir::with_prefix("roundhouse-bench-")?, runner, &[]).await
    }

    /// The same with its data in a directory that may have some already, and with more settings, as variables.
    pub async fn start_in(
        binary: &str,
        directory: TempDir,
        runner: bool,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let forge = FakeGitHub::start().await?;
        forge.create_repo(REPOSITORY)?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env("ROUNDHOUSE_DATA_DIR", directory.path())
            .env("ROUNDHOUSE_LISTEN", &address)
            .env("ROUNDHOUSE_GITHUB_URL", forge.url())
            .env("ROUNDHOUSE_GITHUB_API_URL", forge.api_url())
            .env("ROUNDHOUSE_GITHUB_APP_ID", forge.app_id().to_string())
            .env("ROUNDHOUSE_GITHUB_PRIVATE_KEY", forge.private_key_pem())
            .env("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET", forge.webhook_secret())
            .env("ROUNDHOUSE_RUNNER_MACHINE", "on")
            .env("ROUNDHOUSE_LOG", "warn")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if !runner {
            command.arg("--no-runner");
        }
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("start {binary}"))?;
        let mut bench = Self { child, directory, address, forge, ready_ms: 0.0, head: None };
        while !is_ready(&bench.address).await {
            if let Some(status) = bench.child.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            if begun.elapsed() > Duration::from_secs(20) {
                bail!("the server does not answer");
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        bench.ready_ms = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(bench)
    }

    /// Id of the server's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Pushes a configuration with one workflow, waits for the end of its jobs, and gives the time of the push and the steps'
    /// times.
    pub async fn run(&mut self, config: &str) -> anyhow::Result<(Timestamp, Vec<StepTime>)> {
        let sha = self.forge.commit(REPOSITORY, "main", &[(".circleci/config.yml", config)], "measure")?;
        let branch = GitRef::Branch("main".to_owned());
        let delivery = self.forge.push_webhook(REPOSITORY, &branch, self.head.as_ref(), Some(&sha))?;
        self.head = Some(sha.clone());
        let pushed = now();
        let (status, body) = delivery.send(&format!("http://{}", self.address)).await?;
        anyhow::ensure!(status == 202, "the webhook was answered with {status}: {body}");
        let store = self.store().await?;
        let begun = Instant::now();
        loop {
            anyhow::ensure!(begun.elapsed() < Duration::from_secs(180), "the job does not end");
            if let Some(steps) = ended(&store, &sha).await? {
                return Ok((pushed, steps));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The server's rows, read beside it.
    pub async fn store(&self) -> anyhow::Result<Store> {
        Ok(Store::open(self.directory.path(), StoreOptions::default()).await?)
    }

    /// Where the server keeps its data.
    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the server could not be ended: {error}");
        }
    }
}

/// Whether the server answers, and can read its rows.
async fn is_ready(address: &str) -> bool {
    let answer = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    answer.await.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

async fn ended(store: &Store, sha: &Sha) -> anyhow::Result<Option<Vec<StepTime>>> {
    let newest = pipeline::list(store.read(), &pipeline::PipelineFilter::default(), 1).await?;
    let Some(pipeline) = newest.into_iter().find(|pipeline| pipeline.sha == *sha) else { return Ok(None) };
    if let Some(reason) = &pipeline.reason {
        bail!("the pipeline has nothing to run: {reason}");
    }
    let Some(workflow) = workflow::list_by_pipeline(store.read(), pipeline.id).await?.into_iter().next() else {
        return Ok(None);
    };
    let mut times = Vec::new();
    for job in store::job::list_by_workflow(store.read(), workflow.id).await? {
        let JobState::Ended(outcome) = job.state else { return Ok(None) };
        anyhow::ensure!(
            outcome == model::job::Outcome::Success,
            "the job ended as {}: {}",
            outcome.name(),
            job.reason.unwrap_or_default()
        );
        for task in task::list_by_job(store.read(), job.id).await? {
            for step in step::list_by_task(store.read(), task.id).await? {
                anyhow::ensure!(step.result == Some(StepResult::SUCCESS), "step `{}` failed", step.name);
                times.push(StepTime {
                    name: step.name,
                    started: step.started_at,
                    ended: step.ended_at.context("a step without an end")?,
                });
            }
        }
    }
    Ok((!times.is_empty()).then_some(times))
}

/// The time by this machine's clock.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0))
}
