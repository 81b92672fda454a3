//! A server in this process that moves only when a test says so.

use std::{collections::HashMap, path::Path, task::Poll, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use fake_forge::{Delivery, FakeGitHub, FakeGitLab, github::PullRequest};
use model::{
    project::{GitRef, ProjectSlug, Sha, Vcs},
    time::Timestamp,
    trigger::Actor,
};
use roundhouse::{
    clock::Clock,
    server::{App, Options},
    trigger::{
        api::ApiTrigger,
        schedule::{ScheduleSpec, Timing},
    },
    worker::{Progress, Worker},
};
use secrecy::ExposeSecret;
use store::{pipeline::Pipeline, project::Project, schedule::Schedule, trigger_setting::TriggerSettings};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::{
    runner::ScriptedRunner,
    setting::{choose_tls, options, put_oidc_key},
    timeline::Observer,
};

/// The repository at both forges.
pub const REPOSITORY: &str = "acme/api";

/// The address that the server believes to have.
pub const PUBLIC_URL: &str = "https://ci.example";

/// When every test begins: 2026-01-01T12:00:00Z.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_268_800_000);

/// No story is longer than so many steps.
const MAX_STEPS: usize = 5_000;

/// A server, two forges and a runner.
pub struct TestApp {
    app: Option<App>,
    clock: Clock,
    github: FakeGitHub,
    gitlab: FakeGitLab,
    runner: ScriptedRunner,
    observer: Observer,
    restarts_after_every_step: bool,
    cuts: Option<Cuts>,
    unfinished: u64,
    errors: Vec<String>,
    data: TempDir,
    adjust: fn(&mut Options),
}

/// A push that was delivered.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The commit.
    pub sha: Sha,
    /// The webhook, to be sent again.
    pub delivery: Delivery,
}

impl TestApp {
    /// A fresh server, connected to a GitHub and a GitLab that have one repository each: [`REPOSITORY`].
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same, with options of its own.
    pub async fn with(adjust: fn(&mut Options)) -> Self {
        choose_tls();
        let (github, gitlab) = (FakeGitHub::start().await.unwrap(), FakeGitLab::start().await.unwrap());
        github.create_private_repo(REPOSITORY).unwrap();
        gitlab.create_private_project(REPOSITORY).unwrap();
        let clock = Clock::manual(BEGINNING);
        let data = TempDir::with_prefix("roundhouse-e2e-").unwrap();
        let mut app = Self {
            app: None,
            clock,
            github,
            gitlab,
            runner: ScriptedRunner::new(String::new()),
            observer: Observer::default(),
            restarts_after_every_step: false,
            cuts: None,
            unfinished: 0,
            errors: Vec::new(),
            data,
            adjust,
        };
        app.tell_the_time();
        app.open().await;
        put_oidc_key(app.server(), &app.github).await;
        app
    }

    /// From now on the server is dropped and opened again after every single step.
    #[must_use]
    pub fn restarting(mut self) -> Self {
        self.restarts_after_every_step = true;
        self
    }

    /// From now on every step of a stage is cut off at its first wait, then done again and cut off at its second, and so on,
    /// until it comes to its end; now and then the server is dropped as well.
    #[must_use]
    pub fn cutting(mut self) -> Self {
        self.cuts = Some(Cuts::default());
        self
    }

    /// How many steps were cut off so far.
    pub fn cuts(&self) -> usize {
        self.cuts.as_ref().map_or(0, |cuts| cuts.made)
    }

    async fn open(&mut self) {
        let mut options = options(self.data.path(), PUBLIC_URL, self.clock.clone(), &self.github, &self.gitlab);
        (self.adjust)(&mut options);
        let app = open_when_unlocked(options).await;
        if self.runner.assignments().is_empty() {
            self.runner.set_token(app.bundled_runner_token().await.unwrap().expose_secret().to_owned());
        }
        self.app = Some(app);
    }

    /// Drops the server as a crash would leave it, and opens its data directory again.
    pub async fn restart(&mut self) {
        if let Some(app) = self.app.take() {
            app.store().close().await;
        }
        self.open().await;
    }

    /// The same, with other options from now on.
    pub async fn restart_with(&mut self, adjust: fn(&mut Options)) {
        self.adjust = adjust;
        self.restart().await;
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The server.
    pub fn server(&self) -> &App {
        self.app.as_ref().expect("the server is only ever gone inside restart()")
    }

    /// GitHub.
    pub fn github(&self) -> &FakeGitHub {
        &self.github
    }

    /// GitLab.
    pub fn gitlab(&self) -> &FakeGitLab {
        &self.gitlab
    }

    /// The runner.
    pub fn runner(&mut self) -> &mut ScriptedRunner {
        &mut self.runner
    }

    /// What stages said when a step of theirs failed.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Commits a configuration to a branch at GitHub and delivers the webhook of the push.
    pub async fn push(&self, branch: &str, config: &str) -> Pushed {
        self.push_files(branch, &[(".circleci/config.yml", config)]).await
    }

    /// Commits files to a branch at GitHub and delivers the webhook of the push.
    pub async fn push_files(&self, branch: &str, files: &[(&str, &str)]) -> Pushed {
        let git_ref = GitRef::Branch(branch.to_owned());
        let before = self.github.git(REPOSITORY).unwrap().find(&git_ref.full()).unwrap();
        let sha = self.github.commit(REPOSITORY, branch, files, "Change something\n\nAt length.").unwrap();
        self.announce(&git_ref, before.as_ref(), &sha).await
    }

    /// Tags a commit at GitHub and delivers the webhook.
    pub async fn push_tag(&self, tag: &str, sha: &Sha) -> Pushed {
        self.github.tag(REPOSITORY, tag, sha).unwrap();
        self.announce(&GitRef::Tag(tag.to_owned()), None, sha).await
    }

    /// Deletes a branch at GitHub and delivers the webhook.
    pub async fn delete_branch(&self, branch: &str) {
        let git_ref = GitRef::Branch(branch.to_owned());
        let before = self.github.git(REPOSITORY).unwrap().find(&git_ref.full()).unwrap();
        let delivery = self.github.push_webhook(REPOSITORY, &git_ref, before.as_ref(), None).unwrap();
        let (status, body) = self.deliver(&delivery).await;
        assert_eq!(status, 202, "{body}");
    }

    /// Commits a configuration to a branch at GitHub under this message and delivers the webhook of the push.
    pub async fn push_with_message(&self, branch: &str, config: &str, message: &str) -> Pushed {
        let git_ref = GitRef::Branch(branch.to_owned());
        let before = self.github.git(REPOSITORY).unwrap().find(&git_ref.full()).unwrap();
        let files = [(".circleci/config.yml", config)];
        let sha = self.github.commit(REPOSITORY, branch, &files, message).unwrap();
        self.announce(&git_ref, before.as_ref(), &sha).await
    }

    /// Delivers the webhook of something that happened to a pull request from a branch of the repository, or of a fork.
    pub async fn pull_request(&self, action: &str, number: i64, branch: &str, fork: Option<&str>) -> Sha {
        let head = self.github.git(REPOSITORY).unwrap().find(&format!("refs/heads/{branch}")).unwrap().unwrap();
        let pull_request = PullRequest { number, head_ref: branch, head_sha: &head, fork };
        let delivery = self.github.pull_request_webhook(REPOSITORY, action, &pull_request).unwrap();
        let (status, body) = self.deliver(&delivery).await;
        assert_eq!(status, 202, "{body}");
        head
    }

    /// The repository at GitHub, as the server knows it.
    pub async fn project(&self) -> Project {
        let slug = ProjectSlug::from_full_name(Vcs::GitHub, REPOSITORY).unwrap();
        store::project::find_by_slug(self.server().store().read(), &slug).await.unwrap().expect("it was pushed to")
    }

    /// Changes what the project wants to be built.
    pub async fn set_triggers(&self, change: impl FnOnce(&mut TriggerSettings)) {
        let (store, id) = (self.server().store(), self.project().await.id);
        let mut settings = store::trigger_setting::get(store.read(), id).await.unwrap();
        change(&mut settings);
        let mut tx = store.begin().await.unwrap();
        store::trigger_setting::set(&mut tx, id, settings).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Asks for a pipeline as the API does.
    pub async fn trigger(&self, git_ref: Option<GitRef>, parameters: serde_json::Value) -> Pipeline {
        let wish = ApiTrigger {
            project: self.project().await.id,
            git_ref,
            parameters: parameters.as_object().unwrap().clone(),
            actor: Actor { id: Some(1), login: "ada".to_owned() },
        };
        roundhouse::trigger::api::start(self.server().store(), &self.clock, wish).await.unwrap()
    }

    /// Makes a schedule as the API does.
    pub async fn schedule(&self, name: &str, git_ref: GitRef, cron: &str, parameters: serde_json::Value) -> Schedule {
        let spec = ScheduleSpec {
            name: name.to_owned(),
            description: None,
            timing: Timing::Cron(cron.to_owned()),
            parameters: parameters.as_object().unwrap().clone(),
            git_ref,
            actor: None,
        };
        let project = self.project().await.id;
        roundhouse::trigger::schedule::create(self.server().store(), &self.clock, project, spec).await.unwrap()
    }

    async fn announce(&self, git_ref: &GitRef, before: Option<&Sha>, sha: &Sha) -> Pushed {
        let delivery = self.github.push_webhook(REPOSITORY, git_ref, before, Some(sha)).unwrap();
        let (status, body) = self.deliver(&delivery).await;
        assert_eq!(status, 202, "{body}");
        Pushed { sha: sha.clone(), delivery }
    }

    /// Commits a configuration to a branch at GitLab and delivers the webhook of the push.
    pub async fn push_to_gitlab(&self, branch: &str, config: &str) -> Pushed {
        let git_ref = GitRef::Branch(branch.to_owned());
        let before = self.gitlab.git(REPOSITORY).unwrap().find(&git_ref.full()).unwrap();
        let sha = self.gitlab.commit(REPOSITORY, branch, &[(".circleci/config.yml", config)], "Change it").unwrap();
        let delivery = self.gitlab.push_webhook(REPOSITORY, &git_ref, before.as_ref(), Some(&sha)).unwrap();
        let (status, body) = self.deliver(&delivery).await;
        assert_eq!(status, 202, "{body}");
        Pushed { sha, delivery }
    }

    /// Sends a webhook; returns the status code and the body of the answer.
    pub async fn deliver(&self, delivery: &Delivery) -> (u16, String) {
        let mut request = Request::builder().method("POST").uri(delivery.path);
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        let (status, body) = self.call(request.body(Body::from(delivery.body.clone())).unwrap()).await;
        (status.as_u16(), body)
    }

    /// Fetches a page.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let (status, body) = self.call(Request::builder().uri(path).body(Body::empty()).unwrap()).await;
        (status.as_u16(), body)
    }

    /// Posts a body; returns the status code and the body of the answer.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> (u16, String) {
        let request = Request::builder().method("POST").uri(path).header("content-type", "application/json");
        let (status, body) = self.call(request.body(body.into()).unwrap()).await;
        (status.as_u16(), body)
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, String) {
        let router: Router = self.server().router();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// Lets one stage, or the runner, do one unit of work. `false`: nobody has anything to do.
    pub async fn step(&mut self) -> bool {
        let worked = self.step_stages().await || {
            let router = self.server().router();
            self.runner.step(&router, self.clock.now()).await
        };
        if worked {
            let store = self.server().store().clone();
            self.observer.look(&store).await;
            if self.restarts_after_every_step {
                drop(store);
                self.restart().await;
            }
        }
        worked
    }

    async fn step_stages(&mut self) -> bool {
        for index in 0..self.server().workers().len() {
            match self.step_stage(index).await {
                Ok(Progress::Worked) => return true,
                Ok(Progress::Idle { until: _ }) => {}
                Err(error) => self.errors.push(format!("{error:#}")),
            }
        }
        false
    }

    /// One step of a stage, from beginning to end, however often it is cut off before.
    async fn step_stage(&mut self, index: usize) -> anyhow::Result<Progress> {
        loop {
            let worker = self.server().workers()[index].clone();
            let done = match &mut self.cuts {
                None => Some(worker.step().await),
                Some(cuts) => cuts.step(worker.as_ref()).await,
            };
            if let Some(done) = done {
                return done.with_context(|| format!("the {} stage", worker.name()));
            }
            drop(worker);
            // It may have come far enough to be seen.
            let store = self.server().store().clone();
            self.observer.look(&store).await;
            drop(store);
            if self.cuts().is_multiple_of(29) {
                self.restart().await;
            }
        }
    }

    /// Lets everybody work until nobody has anything to do, as long as the clock stands still.
    pub async fn settle(&mut self) {
        for _ in 0..MAX_STEPS {
            if !self.step().await {
                self.unfinished = self.count_unfinished().await;
                return;
            }
        }
        panic!("still busy after {MAX_STEPS} steps; errors so far: {:?}", self.errors);
    }

    /// Statuses that have not reached their forge, and tasks that wait or run.
    async fn count_unfinished(&self) -> u64 {
        let read = self.server().store().read();
        let running = store::task::list_running(read).await.unwrap().len() as u64;
        self.waiting_statuses().await + store::task::count_queued(read).await.unwrap() + running
    }

    /// Turns the clock, then settles.
    pub async fn advance_s(&mut self, seconds: i64) {
        self.clock.advance_millis(seconds * 1_000);
        self.tell_the_time();
        self.settle().await;
    }

    fn tell_the_time(&self) {
        self.github.set_now(self.clock.now().millis() / 1_000);
    }

    /// Looks at every job: what a test does itself is seen before anybody works on.
    pub async fn observe(&mut self) {
        let store = self.server().store().clone();
        self.observer.look(&store).await;
    }

    /// What happened in the repository at GitHub.
    pub async fn timeline(&self) -> String {
        self.timeline_of(Vcs::GitHub).await
    }

    /// What happened in the repository at a forge.
    pub async fn timeline_of(&self, vcs: Vcs) -> String {
        let slug = ProjectSlug::from_full_name(vcs, REPOSITORY).unwrap();
        self.observer.timeline(self.server().store(), &slug).await
    }

    /// What GitHub shows at a commit, a line for each context.
    pub fn shown(&self, sha: &Sha) -> String {
        let statuses = self.github.shown_statuses(sha);
        let line = |status: &fake_forge::github::StatusRecord| {
            format!("{}: {} ({})\n", status.context, status.state, status.description.as_deref().unwrap_or("-"))
        };
        statuses.iter().map(line).collect()
    }

    /// How many commit statuses have not reached their forge.
    pub async fn waiting_statuses(&self) -> u64 {
        store::status::count_waiting(self.server().store().read()).await.unwrap()
    }
}

impl Drop for TestApp {
    /// A story is over when nothing is left to do.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.unfinished, 0, "statuses or tasks are left when the test ends; errors: {:?}", self.errors);
        }
    }
}

/// Cuts steps off: each stage a little later every time, until a unit of work is done.
#[derive(Clone, Debug, Default)]
struct Cuts {
    waits: HashMap<&'static str, usize>,
    made: usize,
}

impl Cuts {
    /// Lets a stage work until it has waited as often as is its turn; `None` when it was cut off there.
    async fn step(&mut self, worker: &dyn Worker) -> Option<anyhow::Result<Progress>> {
        let turn = self.waits.entry(worker.name()).or_insert(1);
        let mut left = *turn;
        let mut step = worker.step();
        let done = std::future::poll_fn(|context| match step.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => {
                left -= 1;
                if left == 0 { Poll::Ready(None) } else { Poll::Pending }
            }
        });
        let done = done.await;
        match &done {
            Some(Ok(Progress::Worked)) => *turn = 1,
            // What was cut off may be reserved for a while: the next try at it must come further than this one.
            Some(Ok(Progress::Idle { .. }) | Err(_)) => {}
            None => {
                *turn += 1;
                self.made += 1;
            }
        }
        done
    }
}

/// Opens a server. Another test of this process may be starting a program at this very moment: until that program runs, it
/// holds a copy of every open file, the lock of the server that was just dropped among them.
async fn open_when_unlocked(options: Options) -> App {
    for _ in 0..200 {
        match App::open(options.clone()).await {
            Err(error) if error.to_string().contains("in use") => tokio::time::sleep(Duration::from_millis(10)).await,
            opened => return opened.unwrap(),
        }
    }
    panic!("the data directory `{}` stays locked", options.data_dir.display());
}
