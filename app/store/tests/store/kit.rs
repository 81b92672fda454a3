//! A store in a directory of its own, and rows to begin with.

use std::{
    ops::Deref,
    sync::atomic::{AtomicI64, Ordering},
};

use model::{
    id::{JobId, RunnerId},
    job::JobEvent,
    plan::{JobKind, JobNode, JobPlan, Requires},
    protocol::Offers,
    time::Timestamp,
    trigger::{Actor, Trigger},
};
use store::{
    Store, StoreOptions, job,
    pipeline::{self, Compiled, NewPipeline, Pipeline},
    project::{self, NewProject, Project},
    queue, runner, task, workflow,
};
use tempfile::TempDir;
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Derefs to its store.
pub struct TestStore {
    store: Store,
    pub directory: TempDir,
    next: AtomicI64,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub fn ada() -> Actor {
    Actor { id: Some(1), login: "ada".to_owned() }
}

pub fn build(name: &str, parallelism: u32, requires: &[&str]) -> JobNode {
    node(name, JobKind::Build { plan: Box::new(JobPlan { parallelism, ..rows::plan() }) }, requires)
}

pub fn node(name: &str, kind: JobKind, requires: &[&str]) -> JobNode {
    JobNode { requires: requires.iter().map(|name| Requires::success(*name)).collect(), ..rows::node(name, kind) }
}

impl TestStore {
    pub async fn new() -> Self {
        Self::with(StoreOptions::default()).await
    }

    pub async fn with(options: StoreOptions) -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(directory.path(), options).await.unwrap();
        Self { store, directory, next: AtomicI64::new(1) }
    }

    pub async fn project(&self) -> Project {
        let forge_id = self.next.fetch_add(1, Ordering::SeqCst);
        let new = NewProject { forge_id, installation_id: Some(7), ..rows::project(&format!("gh/acme/app{forge_id}")) };
        let mut tx = self.begin().await.unwrap();
        let project = project::upsert(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        project
    }

    pub async fn pipeline(&self, project: &Project) -> Pipeline {
        self.pipeline_by(project, Trigger::Webhook).await
    }

    pub async fn pipeline_by(&self, project: &Project, trigger: Trigger) -> Pipeline {
        let new = NewPipeline { trigger, author: Some("Ada".to_owned()), ..rows::pipeline(project.id) };
        let mut tx = self.begin().await.unwrap();
        let pipeline = pipeline::create(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        pipeline
    }

    /// A pipeline with one workflow of these jobs, all blocked. Gives the jobs' ids in their order.
    pub async fn jobs(&self, nodes: Vec<JobNode>) -> (Pipeline, Vec<JobId>) {
        let project = self.project().await;
        let pipeline = self.pipeline(&project).await;
        let jobs = self.jobs_of(&pipeline, nodes).await;
        (pipeline, jobs)
    }

    /// The same in a pipeline that is there.
    pub async fn jobs_of(&self, pipeline: &Pipeline, nodes: Vec<JobNode>) -> Vec<JobId> {
        let plan = rows::workflow(nodes);
        let mut tx = self.begin().await.unwrap();
        let compiled = Compiled { workflows: &[plan], warnings: None };
        pipeline::set_created(&mut tx, pipeline.id, &compiled, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let workflows = workflow::list_by_pipeline(self.read(), pipeline.id).await.unwrap();
        let jobs = job::list_by_workflow(self.read(), workflows[0].id).await.unwrap();
        jobs.into_iter().map(|job| job.id).collect()
    }

    /// One event, in a transaction of its own.
    pub async fn happen(&self, job: JobId, event: JobEvent, reason: Option<&str>) -> store::Result<job::Job> {
        let mut tx = self.begin().await?;
        let job = job::transition(&mut tx, job, event, reason, NOW).await?;
        tx.commit().await?;
        Ok(job)
    }

    pub async fn runner(&self, name: &str) -> RunnerId {
        let mut tx = self.begin().await.unwrap();
        let token = runner::put_token(&mut tx, "test", &[1; 32], NOW).await.unwrap();
        let offers = Offers { docker: true, machine: false, resource_classes: Vec::new() };
        let id = runner::seen(&mut tx, token, name, &offers, NOW).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn claim(&self, runner: RunnerId, claim_id: Uuid) -> store::Result<Option<task::Task>> {
        let mut tx = self.begin().await?;
        let claim = task::Claim {
            seeker: queue::Seeker { runner: "anna", queues: &["docker".to_owned()] },
            runner,
            claim_id,
            token_hash: &[2; 32],
            lease_until: NOW.plus_millis(60_000),
        };
        let task = task::claim(&mut tx, &claim, NOW).await?;
        tx.commit().await?;
        Ok(task)
    }
}
