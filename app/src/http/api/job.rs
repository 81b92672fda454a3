//! Jobs: reading and canceling them, and what they keep.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use model::id::{JobId, WorkflowId};
use serde_json::{Value, json};
use store::{
    artifact,
    job::{self, Job},
    project::Project,
    serial_group::{self, TicketState},
    task, test_result,
    workflow::{self, Workflow},
};

use super::{
    ApiState,
    access::Loaded,
    encode::{ArtifactBody, JobBody, JobDetails, JobParts, TestBody},
    error::{ApiError, Result},
    page::{Page, Wanted},
    pipeline::canceled,
};
use crate::http::{auth::Actor, web};

/// Artifacts that are listed; there are no pages of them.
const MOST_ARTIFACTS: u32 = 10_000;

/// So many queued jobs of a list say what they wait for: it is asked for one by one.
const MOST_EXPLAINED: usize = 50;

/// Tests of a page.
const TESTS: u32 = 1_000;

/// `GET /workflow/{workflow}/job`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Loaded(workflow): Loaded<Workflow>,
) -> Result<Json<Page<JobBody>>> {
    let mut jobs = job::list_by_workflow(state.store.read(), workflow.id).await?;
    state.queue.explain(&mut jobs, MOST_EXPLAINED).await?;
    let in_line = in_line(&state, workflow.id).await?;
    Ok(Page::whole(jobs.iter().map(|job| JobBody::new(job, &jobs, &in_line, &project)).collect()))
}

/// The jobs of a workflow that wait for the lock of their serial group.
async fn in_line(state: &ApiState, workflow: WorkflowId) -> Result<BTreeSet<JobId>> {
    let tickets = serial_group::list_by_workflow(state.store.read(), workflow).await?;
    Ok(tickets.into_iter().filter(|ticket| ticket.state == TicketState::Waiting).map(|ticket| ticket.job_id).collect())
}

/// `GET /project/{slug}/job/{number}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Path((_, number)): Path<(String, String)>,
) -> Result<Json<JobDetails>> {
    let mut job = find(&state, &project, &number).await?;
    state.queue.explain(std::slice::from_mut(&mut job), 1).await?;
    let db = state.store.read();
    let workflow = workflow::get(db, job.workflow_id).await?;
    let pipeline = store::pipeline::get(db, job.pipeline_id).await?;
    let plan = job::get_plan(db, job.id).await?;
    let tasks = task::list_by_job(db, job.id).await?;
    let in_line = in_line(&state, workflow.id).await?.contains(&job.id);
    let path = web::address::job(&project.slug, pipeline.number, workflow.id, job.number);
    Ok(Json(JobDetails::new(JobParts {
        job: &job,
        tasks: &tasks,
        plan: plan.as_ref(),
        workflow: &workflow,
        pipeline: &pipeline,
        project: &project,
        in_line,
        web_url: &format!("{}{path}", state.public_url),
    })))
}

async fn find(state: &ApiState, project: &Project, number: &str) -> Result<Job> {
    let missing = || ApiError::missing(format_args!("job {number} of `{}`", project.slug));
    let wanted = number.parse().map_err(|_| missing())?;
    job::find_by_number(state.store.read(), project.id, wanted).await?.ok_or_else(missing)
}

/// `POST /project/{slug}/job/{number}/cancel`.
pub(super) async fn cancel_by_number(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(project): Loaded<Project>,
    Path((_, number)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let job = find(&state, &project, &number).await?;
    stop(&state, &actor, &job).await
}

/// `POST /jobs/{job}/cancel`.
pub(super) async fn cancel(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(job): Loaded<Job>,
) -> Result<Json<Value>> {
    stop(&state, &actor, &job).await
}

async fn stop(state: &ApiState, actor: &Actor, job: &Job) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    job::cancel(&mut tx, job.id, &canceled(actor, "it"), state.now()).await?;
    tx.commit().await?;
    Ok(Json(json!({ "message": "Job cancelled successfully." })))
}

/// `GET /project/{slug}/{number}/artifacts`.
pub(super) async fn artifacts(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Path((_, number)): Path<(String, String)>,
) -> Result<Json<Page<ArtifactBody>>> {
    let job = find(&state, &project, &number).await?;
    let db = state.store.read();
    let pipeline = store::pipeline::get(db, job.pipeline_id).await?;
    let path = web::address::job(&project.slug, pipeline.number, job.workflow_id, job.number);
    let artifacts = artifact::list_by_job(db, job.id, MOST_ARTIFACTS).await?;
    let body = |artifact: &artifact::Artifact| {
        let url = web::address::artifact(&path, artifact.node_index, &artifact.path);
        ArtifactBody::new(artifact, format!("{}{url}", state.public_url))
    };
    Ok(Page::whole(artifacts.iter().map(body).collect()))
}

/// `GET /project/{slug}/{number}/tests`.
pub(super) async fn tests(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Path((_, number)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<TestBody>>> {
    let job = find(&state, &project, &number).await?;
    let after: i64 = wanted.after()?.unwrap_or_default();
    let (results, next) = test_result::list(state.store.read(), job.id, after, TESTS).await?;
    Ok(Page::with_next(results.into_iter().map(TestBody::new).collect(), next.map(|id| id.to_string())))
}
