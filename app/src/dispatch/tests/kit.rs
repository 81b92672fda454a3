//! A store with jobs to dispatch, and a clock that stands still.

use std::sync::Arc;

use model::{
    event::{StepKey, StepResult, TaskEvent, TaskEventKind},
    id::JobId,
    job::{JobEvent, Outcome},
    plan::{Checkout, Executor, JobPlan, Run, StepKind},
    protocol::{About, Assignment, ClaimRequest, Offers, VERSION},
    time::Timestamp,
    zone::Zone,
};
pub(crate) use rows::docker;
use secrecy::ExposeSecret;
use store::{
    Store, StoreOptions, job,
    oidc_key::{self, OidcKey},
    pipeline::{self, Compiled, NewPipeline},
    project::{self, NewProject, Project},
    project_variable,
    runner::RunnerTokenId,
    ssh_key::{self, SshKey, Use},
    step,
    task::{self, Task},
    workflow,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    clock::Clock,
    disk::Disk,
    dispatch::{Dispatch, DispatchError, ReapWorker, Terms, create_runner_token},
    secret::{OidcKeys, Owner, SigningKey, Vault},
    settings::GithubSettings,
    vcs::{ForgeSettings, Forges},
    worker::{Progress, Worker},
};

pub(crate) struct Kit {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) dispatch: Dispatch,
    pub(crate) token: String,
    pub(crate) vault: Vault,
    pub(crate) oidc_keys: OidcKeys,
    pub(crate) directory: TempDir,
}

/// A key that is there already: to make one takes a while.
async fn put_oidc_key(store: &Store, vault: &Vault, now: Timestamp) {
    let pem = include_str!("../../../../tests/forge/src/github/key_for_tests.pem").to_owned().into();
    let key = SigningKey::read(&pem).unwrap();
    let row = OidcKey {
        kid: key.kid().to_owned(),
        jwk: serde_json::to_string(key.jwk()).unwrap(),
        sealed: vault.seal(Owner::OidcKey(key.kid()), &pem).unwrap(),
        signs_from: now,
        created_at: now,
    };
    let mut tx = store.begin().await.unwrap();
    oidc_key::create(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// What a job is made of.
pub(crate) fn plan(steps: Vec<StepKind>, executor: Executor) -> JobPlan {
    JobPlan { executor, steps: steps.into_iter().map(rows::step).collect(), ..rows::plan() }
}

pub(crate) fn run() -> StepKind {
    StepKind::Run(Run::command("true"))
}

pub(crate) fn checkout() -> StepKind {
    StepKind::Checkout(Checkout::default())
}

impl Kit {
    pub(crate) async fn new() -> Self {
        Self::open(None).await
    }

    /// With these lines of a `known_hosts` file.
    pub(crate) async fn with_known_hosts(lines: &str) -> Self {
        Self::open(Some(lines.to_owned())).await
    }

    /// The project of [`Kit::queue`].
    pub(crate) async fn project(&self) -> Project {
        project::list(self.store.read()).await.unwrap().remove(0)
    }

    pub(crate) async fn set_variable(&self, project: &Project, name: &str, value: &str) {
        let sealed = self.vault.seal(Owner::Project(project.id, name), &value.to_owned().into()).unwrap();
        let mut tx = self.store.begin().await.unwrap();
        project_variable::set(&mut tx, project.id, name, &sealed, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Adds a key whose private part is `the private key`.
    pub(crate) async fn add_ssh_key(&self, project: &Project, usage: Use, sha256: &str) {
        let id = ssh_key::new_id();
        let key = SshKey {
            id,
            project_id: project.id,
            usage,
            public_key: "ssh-ed25519 AAAA".to_owned(),
            md5: "aa:bb".to_owned(),
            sha256: sha256.to_owned(),
            sealed: self.vault.seal(Owner::SshKey(id), &"the private key".to_owned().into()).unwrap(),
            created_at: self.clock.now(),
        };
        let mut tx = self.store.begin().await.unwrap();
        ssh_key::create(&mut tx, &key).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn open(known_hosts: Option<String>) -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        let github = GithubSettings {
            url: "https://github.com".to_owned(),
            api_url: "https://api.github.com".to_owned(),
            app: None,
            webhook_secret: None,
        };
        let forges = Arc::new(Forges::new(ForgeSettings { github, gitlab: None }, clock.clone()));
        let url = "http://ci.example".to_owned();
        let vault = Vault::open(directory.path(), None).unwrap();
        let oidc_keys = OidcKeys::new(store.clone(), clock.clone(), vault.clone());
        put_oidc_key(&store, &vault, clock.now()).await;
        let terms = Terms {
            public_url: url,
            log_limit_bytes: 1 << 20,
            vault: vault.clone(),
            oidc_keys: oidc_keys.clone(),
            known_hosts,
        };
        let disk = Disk::new(directory.path(), 0);
        let dispatch = Dispatch::new(store.clone(), clock.clone(), forges, terms, disk, CancellationToken::new());
        let token = create_runner_token(&store, &clock, "test").await.unwrap().expose_secret().to_owned();
        Self { store, clock, dispatch, token, vault, oidc_keys, directory }
    }

    /// A queued job with this plan, in a project of this kind.
    pub(crate) async fn queue(&self, plan: JobPlan, private: bool) -> JobId {
        self.queue_in(Zone::Repo, plan, private).await
    }

    pub(crate) async fn queue_in(&self, zone: Zone, plan: JobPlan, private: bool) -> JobId {
        let now = self.clock.now();
        let mut tx = self.store.begin().await.unwrap();
        let new = NewProject { private, ..rows::project("gh/acme/app") };
        let project = project::upsert(&mut tx, &new, now).await.unwrap();
        let new = NewPipeline { zone, ..rows::pipeline(project.id) };
        let pipeline = pipeline::create(&mut tx, &new, now).await.unwrap();
        let plan = rows::workflow(vec![rows::build("test", plan)]);
        let compiled = Compiled { workflows: &[plan], warnings: None };
        pipeline::set_created(&mut tx, pipeline.id, &compiled, now).await.unwrap();
        let workflow = workflow::list_by_pipeline(tx.db(), pipeline.id).await.unwrap().remove(0);
        let job = job::find_by_name(tx.db(), workflow.id, "test").await.unwrap().unwrap();
        job::transition(&mut tx, job.id, JobEvent::Unblocked, None, now).await.unwrap();
        tx.commit().await.unwrap();
        job.id
    }

    pub(crate) fn request(&self) -> ClaimRequest {
        ClaimRequest {
            claim_id: Uuid::now_v7(),
            runner: "anna".to_owned(),
            version: VERSION,
            offers: Offers { docker: true, machine: false, resource_classes: Vec::new() },
            wait_ms: 0,
            about: About { version: Some("1.2.3".to_owned()), capacity: Some(4) },
        }
    }

    pub(crate) async fn runner(&self) -> RunnerTokenId {
        self.dispatch.authenticate_runner(&self.token).await.unwrap()
    }

    pub(crate) async fn claim(&self) -> Option<(Task, Assignment)> {
        let runner = self.runner().await;
        self.dispatch.claim(runner, &self.request()).await.unwrap()
    }

    pub(crate) async fn task(&self, task: &Task) -> Task {
        task::get(self.store.read(), task.id).await.unwrap()
    }

    pub(crate) async fn job(&self, id: JobId) -> job::Job {
        job::get(self.store.read(), id).await.unwrap()
    }

    pub(crate) async fn steps(&self, task: &Task) -> Vec<step::Step> {
        step::list_by_task(self.store.read(), task.id).await.unwrap()
    }

    pub(crate) async fn report(&self, task: &Task, events: &[TaskEvent]) -> Result<u64, DispatchError> {
        self.dispatch.report(task, events).await.map(|ack| ack.seq)
    }

    /// Lets the reaper work until it has nothing to do; tells how much it did.
    pub(crate) async fn reap(&self, reaper: &ReapWorker) -> usize {
        let mut count = 0;
        while reaper.step().await.unwrap() == Progress::Worked {
            count += 1;
        }
        count
    }
}

pub(crate) fn started(seq: u64, step: u32) -> TaskEvent {
    let (name, command) = (format!("step {step}"), String::new());
    let kind = TaskEventKind::StepStarted { key: StepKey::first(step), name, command, background: false };
    TaskEvent { seq, at: Timestamp::from_millis(1), kind }
}

pub(crate) fn exited(seq: u64, step: u32, code: i32) -> TaskEvent {
    let kind = TaskEventKind::StepEnded { key: StepKey::first(step), result: StepResult::Exit { code } };
    TaskEvent { seq, at: Timestamp::from_millis(2), kind }
}

pub(crate) fn over(seq: u64, outcome: Outcome) -> TaskEvent {
    TaskEvent { seq, at: Timestamp::from_millis(3), kind: TaskEventKind::Ended { outcome, reason: None } }
}
