//! What people do at the dashboard, the API or the command line: each is one call of the store, as theirs is.

use model::{job::JobState, project::Vcs, trigger::Actor};
use store::{
    Tx,
    job::{self, Job},
    pipeline::{self, Pipeline, PipelineFilter},
    serial_group,
    workflow::{self, Rerun, Workflow},
};

use crate::TestApp;

/// A person, by login.
fn person(login: &str) -> Actor {
    Actor { id: Some(1), login: login.to_owned() }
}

/// `NAME`, or `NAME@PIPELINE`: of the newest pipeline where none is said.
fn at(name: &str) -> (&str, Option<u64>) {
    match name.rsplit_once('@') {
        Some((name, pipeline)) => (name, Some(pipeline.parse().expect("the number of a pipeline"))),
        None => (name, None),
    }
}

impl TestApp {
    async fn pipeline_numbered(&self, number: Option<u64>) -> Pipeline {
        let read = self.server().store().read();
        let pipelines = pipeline::list(read, &PipelineFilter::default(), 1_000).await.unwrap();
        let found = pipelines.into_iter().find(|pipeline| number.is_none_or(|number| pipeline.number == number));
        found.unwrap_or_else(|| panic!("no pipeline {number:?}"))
    }

    /// The newest attempt at a workflow: `NAME` or `NAME@PIPELINE`.
    pub async fn workflow(&self, name: &str) -> Workflow {
        let (name, number) = at(name);
        let pipeline = self.pipeline_numbered(number).await;
        let workflows = workflow::list_by_pipeline(self.server().store().read(), pipeline.id).await.unwrap();
        let found = workflows.into_iter().rfind(|workflow| workflow.name == name);
        found.unwrap_or_else(|| panic!("pipeline {} has no workflow `{name}`", pipeline.number))
    }

    /// The newest attempt at a job that is on hold, or else that has not ended, or else the newest: `NAME` or
    /// `NAME@PIPELINE`.
    pub async fn job(&self, name: &str) -> Job {
        let (name, number) = at(name);
        let read = self.server().store().read();
        let pipeline = self.pipeline_numbered(number).await;
        let mut found = Vec::new();
        for workflow in workflow::list_by_pipeline(read, pipeline.id).await.unwrap() {
            found.extend(job::find_by_name(read, workflow.id, name).await.unwrap());
        }
        found.sort_by_key(|job| (job.state == JobState::OnHold, job.state.outcome().is_none()));
        found.pop().unwrap_or_else(|| panic!("pipeline {} has no job `{name}`", pipeline.number))
    }

    async fn begin(&self) -> Tx {
        self.server().store().begin().await.unwrap()
    }

    /// Somebody answers a job on hold.
    pub async fn answer(&self, job: &str, by: &str, yes: bool) {
        let job = self.job(job).await;
        assert_eq!(job.state, JobState::OnHold, "`{}`", job.name);
        let (mut tx, now) = (self.begin().await, self.server().clock().now());
        match yes {
            true => job::approve(&mut tx, job.id, &person(by), now).await.unwrap(),
            false => job::deny(&mut tx, job.id, &person(by), now).await.unwrap(),
        };
        tx.commit().await.unwrap();
    }

    /// Somebody cancels a `job`, a `workflow` or a `pipeline`.
    pub async fn cancel(&self, kind: &str, name: &str) {
        let reason = format!("ada canceled the {kind}");
        let (mut tx, now) = (self.begin().await, self.server().clock().now());
        match kind {
            "job" => {
                let job = self.job(name).await;
                job::cancel(&mut tx, job.id, &reason, now).await.unwrap();
            }
            "workflow" => {
                let workflow = self.workflow(name).await;
                workflow::cancel(&mut tx, workflow.id, &reason, now).await.unwrap();
            }
            "pipeline" => {
                let pipeline = self.pipeline_numbered(Some(name.parse().unwrap())).await;
                pipeline::cancel(&mut tx, pipeline.id, &reason, now).await.unwrap();
            }
            other => panic!("nobody can cancel a {other}"),
        }
        tx.commit().await.unwrap();
    }

    /// Somebody repeats a workflow: `from-start`, `from-failed`, `failed-tests`, or jobs with commas between.
    pub async fn rerun(&mut self, what: &str, workflow: &str) {
        let workflow = self.workflow(workflow).await;
        let jobs = job::list_by_workflow(self.server().store().read(), workflow.id).await.unwrap();
        let id =
            |name: &str| jobs.iter().find(|job| job.name == name).map(|job| job.id).expect("a job of the workflow");
        let what = match what {
            "from-start" => Rerun::FromStart,
            "from-failed" => Rerun::FromFailed,
            "failed-tests" => Rerun::FailedTests,
            names => Rerun::Jobs(names.split(',').map(id).collect()),
        };
        let (mut tx, now) = (self.begin().await, self.server().clock().now());
        workflow::rerun(&mut tx, workflow.id, &what, &person("ada"), now).await.unwrap();
        tx.commit().await.unwrap();
        self.observe().await;
    }

    /// An administrator releases the lock of a serial group of the repository's organization.
    pub async fn release(&self, key: &str) {
        let queues = serial_group::list_all(self.server().store().read(), Some((Vcs::GitHub, "acme"))).await.unwrap();
        let ticket = queues.into_iter().find(|ticket| ticket.group.key.0 == key).expect("a queue that is not empty");
        let (mut tx, now) = (self.begin().await, self.server().clock().now());
        serial_group::release(&mut tx, &ticket.group, &person("root"), now).await.unwrap();
        tx.commit().await.unwrap();
    }
}
