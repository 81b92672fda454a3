//! Jobs, and what they keep.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    id::{JobId, PipelineId, ProjectId, WorkflowId},
    job::{JobState, Outcome},
    plan::JobPlan,
};
use serde::Serialize;
use store::{
    artifact::Artifact,
    job::{Job, JobType, Needs},
    pipeline::Pipeline,
    project::Project,
    task::{Task, TaskState},
    test_result::TestResult,
    workflow::Workflow,
};

use super::time::Time;

/// A job in a workflow.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct JobBody {
    id: JobId,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    dependencies: Vec<JobId>,
    requires: BTreeMap<JobId, Vec<&'static str>>,
    project_slug: String,
    started_at: Option<Time>,
    stopped_at: Option<Time>,
    /// Not of approvals.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_request_id: Option<JobId>,
    /// Login: CircleCI has an id here.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<String>,
    /// Beyond CircleCI: why it waits, or why it ended as it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl JobBody {
    /// `siblings`: all jobs of the workflow; `in_line`: those of them that wait for the lock of their serial group.
    pub(in crate::http::api) fn new(job: &Job, siblings: &[Job], in_line: &BTreeSet<JobId>, project: &Project) -> Self {
        let by_name = |name: &str| siblings.iter().find(|other| other.name == name).map(|other| other.id);
        let requires: BTreeMap<JobId, Vec<&'static str>> = job
            .requires
            .iter()
            .filter_map(|edge| Some((by_name(&edge.job)?, edge.statuses.iter().map(|status| status.name()).collect())))
            .collect();
        let is_approval = job.kind == JobType::Approval;
        Self {
            id: job.id,
            name: job.name.clone(),
            kind: kind(job.kind),
            status: status(job.state, in_line.contains(&job.id)),
            dependencies: requires.keys().copied().collect(),
            requires,
            project_slug: project.slug.to_string(),
            started_at: job.started_at.map(Time::from),
            stopped_at: job.ended_at.map(Time::from),
            job_number: (!is_approval).then_some(job.number),
            approval_request_id: is_approval.then_some(job.id),
            approved_by: job.approved_by.clone(),
            reason: job.reason.clone().or_else(|| job.waits_for.clone()),
        }
    }
}

const fn kind(kind: JobType) -> &'static str {
    match kind {
        JobType::Build => "build",
        JobType::Approval => "approval",
        JobType::NoOp => "no-op",
        JobType::Release => "release",
    }
}

/// The API's word for where a job stands. One that waits for the lock of its serial group (`in_line`) is queued for CircleCI;
/// here it is blocked, since no runner could take it.
const fn status(state: JobState, in_line: bool) -> &'static str {
    match state {
        JobState::Blocked if in_line => "queued",
        JobState::Blocked => "blocked",
        JobState::OnHold => "on_hold",
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Ended(Outcome::TimedOut) => "timedout",
        JobState::Ended(outcome) => outcome.name(),
    }
}

/// Everything about one job.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct JobDetails {
    number: u64,
    id: JobId,
    name: String,
    status: &'static str,
    web_url: String,
    created_at: Time,
    queued_at: Option<Time>,
    started_at: Option<Time>,
    stopped_at: Option<Time>,
    /// In milliseconds; null before the end.
    duration: Option<i64>,
    parallelism: u32,
    parallel_runs: Vec<RunBody>,
    executor: ExecutorBody,
    project: ProjectPart,
    pipeline: PipelinePart,
    latest_workflow: WorkflowPart,
    organization: OrganizationPart,
    contexts: Vec<NamePart>,
    messages: Vec<MessageBody>,
    /// Beyond CircleCI: since when the output of its steps is gone, being old enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    logs_deleted_at: Option<Time>,
}

#[derive(Debug, Serialize)]
struct RunBody {
    index: u32,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct ExecutorBody {
    resource_class: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct ProjectPart {
    id: ProjectId,
    slug: String,
    name: String,
    external_url: String,
}

#[derive(Debug, Serialize)]
struct PipelinePart {
    id: PipelineId,
}

#[derive(Debug, Serialize)]
struct WorkflowPart {
    id: WorkflowId,
    name: String,
}

#[derive(Debug, Serialize)]
struct OrganizationPart {
    name: String,
}

#[derive(Debug, Serialize)]
struct NamePart {
    name: String,
}

#[derive(Debug, Serialize)]
struct MessageBody {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
}

/// What is told about a job.
#[derive(Clone, Copy, Debug)]
pub(in crate::http::api) struct JobParts<'a> {
    pub(in crate::http::api) job: &'a Job,
    pub(in crate::http::api) tasks: &'a [Task],
    pub(in crate::http::api) plan: Option<&'a JobPlan>,
    pub(in crate::http::api) workflow: &'a Workflow,
    pub(in crate::http::api) pipeline: &'a Pipeline,
    pub(in crate::http::api) project: &'a Project,
    /// Whether it waits for the lock of its serial group.
    pub(in crate::http::api) in_line: bool,
    /// The address of its page.
    pub(in crate::http::api) web_url: &'a str,
}

impl JobDetails {
    pub(in crate::http::api) fn new(parts: JobParts<'_>) -> Self {
        let JobParts { job, tasks, plan, workflow, pipeline, project, in_line, web_url } = parts;
        let duration = match (job.started_at, job.ended_at) {
            (Some(started), Some(ended)) => Some(ended.millis_since(started)),
            _ => None,
        };
        let contexts = plan.map(|plan| plan.contexts.as_slice()).unwrap_or_default();
        let sentence = job.reason.clone().or_else(|| job.waits_for.clone());
        Self {
            number: job.number,
            id: job.id,
            name: job.name.clone(),
            status: status(job.state, in_line),
            web_url: web_url.to_owned(),
            created_at: job.created_at.into(),
            queued_at: job.queued_at.map(Time::from),
            started_at: job.started_at.map(Time::from),
            stopped_at: job.ended_at.map(Time::from),
            duration,
            parallelism: job.parallelism,
            parallel_runs: tasks
                .iter()
                .map(|task| RunBody { index: task.node_index, status: run(task.state) })
                .collect(),
            executor: ExecutorBody {
                resource_class: job
                    .resource_class
                    .as_ref()
                    .map_or_else(|| "medium".to_owned(), |class| class.0.clone()),
                kind: job.needs.map_or("none", Needs::name),
            },
            project: ProjectPart {
                id: project.id,
                slug: project.slug.to_string(),
                name: project.slug.repo.clone(),
                external_url: project.web_url.clone(),
            },
            pipeline: PipelinePart { id: pipeline.id },
            latest_workflow: WorkflowPart { id: workflow.id, name: workflow.name.clone() },
            organization: OrganizationPart { name: project.slug.org.clone() },
            contexts: contexts.iter().map(|name| NamePart { name: name.clone() }).collect(),
            messages: sentence.into_iter().map(|message| MessageBody { kind: "info", message }).collect(),
            logs_deleted_at: job.logs_deleted_at.map(Time::from),
        }
    }
}

const fn run(state: TaskState) -> &'static str {
    match state {
        TaskState::Queued => "queued",
        TaskState::Running { .. } => "running",
        TaskState::Ended(outcome) => status(JobState::Ended(outcome), false),
    }
}

/// A stored file.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct ArtifactBody {
    path: String,
    node_index: u32,
    url: String,
}

impl ArtifactBody {
    pub(in crate::http::api) fn new(artifact: &Artifact, url: String) -> Self {
        Self { path: artifact.path.clone(), node_index: artifact.node_index, url }
    }
}

/// A test. What is not known is empty, never null: there are clients that refuse it.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct TestBody {
    name: String,
    classname: String,
    file: String,
    source: &'static str,
    result: &'static str,
    /// In seconds.
    run_time: f64,
    message: String,
}

impl TestBody {
    pub(in crate::http::api) fn new(result: TestResult) -> Self {
        let case = result.case;
        Self {
            name: case.name,
            classname: case.classname,
            file: case.file.unwrap_or_default(),
            source: "junit",
            result: case.result.name(),
            run_time: case.duration_us as f64 / 1e6,
            message: case.message,
        }
    }
}
