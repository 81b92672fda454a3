//! The real thing: a server on a loopback port with the machine's clock, and `roundhouse runner` as a process of its own.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use fake_forge::{FakeGitHub, FakeGitLab};
use model::{
    event::StepResult,
    job::JobState,
    pipeline::PipelineState,
    project::{GitRef, ProjectSlug, Sha, Vcs},
    trigger::Actor,
};
use roundhouse::{clock::Clock, log::LogKey, server::App};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use store::{
    Store,
    job::Job,
    orb::{NewOrb, OrbOrigin},
    pipeline::Pipeline,
    step::Step,
    workflow::Rerun,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    app::REPOSITORY,
    setting::{choose_tls, options, put_oidc_key},
};

/// No story takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(180);

/// A server on a loopback port.
pub struct RealServer {
    app: App,
    url: String,
    github: FakeGitHub,
    _gitlab: FakeGitLab,
    stop: CancellationToken,
    _served: JoinHandle<anyhow::Result<()>>,
    data: TempDir,
}

impl RealServer {
    /// Starts one, connected to a GitHub with the private repository [`REPOSITORY`].
    pub async fn start() -> Self {
        choose_tls();
        let (github, gitlab) = (FakeGitHub::start().await.unwrap(), FakeGitLab::start().await.unwrap());
        github.create_private_repo(REPOSITORY).unwrap();
        let data = TempDir::with_prefix("roundhouse-real-").unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let options = options(&data.path().join("server"), &url, Clock::System, &github, &gitlab);
        let app = App::open(options).await.unwrap();
        put_oidc_key(&app, &github).await;
        let stop = CancellationToken::new();
        let served = tokio::spawn(app.clone().serve(listener, app.router(), stop.clone()));
        Self { app, url, github, _gitlab: gitlab, stop, _served: served, data }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server itself.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// GitHub.
    pub fn github(&self) -> &FakeGitHub {
        &self.github
    }

    /// The rows.
    pub fn store(&self) -> &Store {
        self.app.store()
    }

    /// Puts an orb into the server's store.
    pub async fn import_orb(&self, name: &str, version: &str, source: &str) {
        let orb = NewOrb { name, version, source, sha256: Sha256::digest(source).into(), origin: OrbOrigin::Import };
        let mut tx = self.app.store().begin().await.unwrap();
        store::orb::put(&mut tx, &orb, self.app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A directory for the files of a test, which goes with the server.
    pub fn directory(&self) -> &Path {
        self.data.path()
    }

    /// A runner for this server, yet to be started.
    pub async fn runner(&self) -> RunnerOptions {
        let token = self.app.bundled_runner_token().await.unwrap();
        RunnerOptions {
            server: self.url.clone(),
            token: token.expose_secret().to_owned(),
            data_dir: self.data.path().join("runner"),
            variables: Vec::new(),
        }
    }

    /// Commits files to `main` and delivers the webhook of the push, over HTTP.
    pub async fn push(&self, files: &[(&str, &str)]) -> Sha {
        let git_ref = GitRef::Branch("main".to_owned());
        let before = self.github.git(REPOSITORY).unwrap().find(&git_ref.full()).unwrap();
        let sha = self.github.commit(REPOSITORY, "main", files, "Change something").unwrap();
        let delivery = self.github.push_webhook(REPOSITORY, &git_ref, before.as_ref(), Some(&sha)).unwrap();
        let (status, body) = delivery.send(&self.url).await.unwrap();
        assert_eq!(status, 202, "{body}");
        sha
    }

    /// Commits a configuration to `main` and delivers the webhook of the push, over HTTP.
    pub async fn push_config(&self, config: &str) -> Sha {
        self.push(&[(".circleci/config.yml", config)]).await
    }

    /// The first pipeline, once it is compiled.
    pub async fn pipeline(&self) -> Pipeline {
        let slug = ProjectSlug::from_full_name(Vcs::GitHub, REPOSITORY).unwrap();
        let pipeline = until("a pipeline", async || {
            let read = self.app.store().read();
            let project = store::project::find_by_slug(read, &slug).await.unwrap()?;
            let pipeline = store::pipeline::find_by_number(read, project.id, 1).await.unwrap()?;
            matches!(pipeline.state, PipelineState::Created | PipelineState::Errored).then_some(pipeline)
        });
        let pipeline = pipeline.await;
        assert_eq!(pipeline.state, PipelineState::Created, "{:?} {:?}", pipeline.reason, pipeline.errors);
        pipeline
    }

    /// The job with this name in the first workflow of the first pipeline, once `when` says so.
    pub async fn job_when(&self, name: &str, what: &str, when: impl Fn(&Job) -> bool) -> Job {
        let pipeline = self.pipeline().await;
        let workflows = store::workflow::list_by_pipeline(self.app.store().read(), pipeline.id).await.unwrap();
        let what = format!("the job `{name}` {what}");
        let job = until(&what, async || {
            let job = store::job::find_by_name(self.app.store().read(), workflows[0].id, name).await.unwrap()?;
            when(&job).then_some(job)
        });
        job.await
    }

    /// Somebody repeats what has failed in the first workflow; the job with this name in the new attempt, once it has ended.
    pub async fn rerun_failed(&self, name: &str) -> Job {
        let pipeline = self.pipeline().await;
        let workflows = store::workflow::list_by_pipeline(self.store().read(), pipeline.id).await.unwrap();
        let by = Actor { id: Some(1), login: "ada".to_owned() };
        let mut tx = self.store().begin().await.unwrap();
        let attempt = store::workflow::rerun(&mut tx, workflows[0].id, &Rerun::FromFailed, &by, self.app.clock().now());
        let attempt = attempt.await.unwrap();
        tx.commit().await.unwrap();
        until(&format!("the job `{name}` of the new attempt to end"), async || {
            let job = store::job::find_by_name(self.store().read(), attempt, name).await.unwrap()?;
            matches!(job.state, JobState::Ended(_)).then_some(job)
        })
        .await
    }

    /// The job with this name, once it has ended.
    pub async fn ended_job(&self, name: &str) -> Job {
        self.job_when(name, "to end", |job| matches!(job.state, JobState::Ended(_))).await
    }

    /// The steps of a job's first task.
    pub async fn steps(&self, job: &Job) -> Vec<Step> {
        let tasks = store::task::list_by_job(self.app.store().read(), job.id).await.unwrap();
        match tasks.first() {
            Some(task) => store::step::list_by_task(self.app.store().read(), task.id).await.unwrap(),
            None => Vec::new(),
        }
    }

    /// How a step of a job ended.
    pub async fn result(&self, job: &Job, step: &str) -> Option<StepResult> {
        self.steps(job).await.into_iter().find(|it| it.name == step).and_then(|step| step.result)
    }

    /// The log of a step of a job, byte for byte.
    pub async fn log(&self, job: &Job, step: &str) -> Vec<u8> {
        let tasks = store::task::list_by_job(self.app.store().read(), job.id).await.unwrap();
        let steps = self.steps(job).await;
        let Some(step) = steps.iter().find(|it| it.name == step) else { return Vec::new() };
        let key = LogKey::of(&tasks[0], step.key);
        self.app.logs().read(key, 0, usize::MAX / 2).await.unwrap().to_vec()
    }

    /// All logs of a job, as text, with the names of the steps.
    pub async fn all_logs(&self, job: &Job) -> String {
        let mut text = String::new();
        for step in self.steps(job).await {
            let log = self.log(job, &step.name).await;
            text += &format!("--- {} ({:?})\n{}", step.name, step.result, String::from_utf8_lossy(&log));
        }
        text
    }

    /// Waits until the log of a step holds a text.
    pub async fn log_has(&self, job: &Job, step: &str, text: &str) {
        until(&format!("the log of `{step}` to hold `{text}`"), async || {
            String::from_utf8_lossy(&self.log(job, step).await).contains(text).then_some(())
        })
        .await;
    }

    /// Waits until GitHub shows this state for a context of a commit.
    pub async fn github_shows(&self, sha: &Sha, context: &str, state: &str) {
        until(&format!("GitHub to show `{context}` as {state}"), async || {
            let shown = self.github.shown_statuses(sha);
            shown.iter().any(|status| status.context == context && status.state == state).then_some(())
        })
        .await;
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.stop.cancel();
        remove_containers(self.data.path());
    }
}

/// Removes what a failed test has left running: containers whose files are below this directory.
pub fn remove_containers(directory: &Path) {
    let list = Command::new("docker").args(["ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Mounts}}"]).output();
    let list = list.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let directory = directory.to_string_lossy().into_owned();
    for id in list.lines().filter(|line| line.contains(&directory)).filter_map(|line| line.split(' ').next()) {
        Command::new("docker").args(["rm", "--force", "--volumes", id]).output().ok();
    }
}

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    });
    asking.await.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}

/// A runner, yet to be started.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    server: String,
    token: String,
    data_dir: PathBuf,
    variables: Vec<(String, String)>,
}

impl RunnerOptions {
    /// With an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts `roundhouse runner`. Its log is in [`RunnerProcess::log`].
    pub fn start(&self) -> RunnerProcess {
        std::fs::create_dir_all(&self.data_dir).unwrap();
        let log = self.data_dir.join(format!("runner-{}.log", uuid::Uuid::now_v7()));
        let child = Command::new(binary())
            .arg("runner")
            .env("ROUNDHOUSE_DATA_DIR", &self.data_dir)
            .env("ROUNDHOUSE_RUNNER_SERVER", &self.server)
            .env("ROUNDHOUSE_RUNNER_TOKEN", &self.token)
            .env("ROUNDHOUSE_RUNNER_NAME", "process")
            .env("ROUNDHOUSE_RUNNER_CAPACITY", "1")
            .env("ROUNDHOUSE_LOG", "debug")
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        RunnerProcess { child, log }
    }
}

/// A running `roundhouse runner`. It is killed when this is dropped.
#[derive(Debug)]
pub struct RunnerProcess {
    child: std::process::Child,
    log: PathBuf,
}

impl RunnerProcess {
    /// SIGKILL: no time to tidy up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it has said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for RunnerProcess {
    fn drop(&mut self) {
        // It may have been killed already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The `roundhouse` that was built beside these tests.
pub fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(Path::parent).unwrap().join("roundhouse");
    assert!(path.exists(), "{} is missing: build it with `cargo build -p roundhouse`", path.display());
    path
}
