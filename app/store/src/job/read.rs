//! Reading jobs.

use model::{
    id::{JobId, ProjectId, WorkflowId},
    job::JobState,
    plan::JobPlan,
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use super::row::{Job, JobRow, select};
use crate::{Error, Result, row};

/// The job.
pub async fn get(db: impl SqliteExecutor<'_>, id: JobId) -> Result<Job> {
    let key = id.to_string();
    select!("WHERE j.id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("job `{id}`")))?
        .try_into()
}

/// The job with this number in its project: the one that did the work, not those that reuse it.
pub async fn find_by_number(db: impl SqliteExecutor<'_>, project: ProjectId, number: u64) -> Result<Option<Job>> {
    let (project, number) = (project.to_string(), row::integer(number));
    select!("WHERE j.project_id = ?1 AND j.number = ?2 AND j.reuses IS NULL", project, number)
        .fetch_optional(db)
        .await?
        .map(Job::try_from)
        .transpose()
}

/// The largest job number below this job's, on its branch or tag: of the same pipeline, or of the one before.
pub async fn find_previous_number(db: impl SqliteExecutor<'_>, job: &Job) -> Result<Option<u64>> {
    let (pipeline, number) = (job.pipeline_id.to_string(), row::integer(job.number));
    let previous = sqlx::query_scalar!(
        r#"SELECT max(j.number) AS "number: i64"
           FROM job j JOIN workflow w ON w.id = j.workflow_id
           WHERE j.number < ?2 AND w.pipeline_id IN (
               SELECT p.id FROM pipeline p JOIN pipeline own ON own.id = ?1
               WHERE p.project_id = own.project_id AND p.ref_name = own.ref_name AND p.ref_kind = own.ref_kind
                     AND p.id <= own.id
               ORDER BY p.id DESC LIMIT 2)"#,
        pipeline,
        number
    )
    .fetch_one(db)
    .await?;
    previous.map(|number| row::number("number", number)).transpose()
}

/// When retention removed what a job's steps printed; `None`: it is there.
pub async fn find_logs_deleted_at(db: impl SqliteExecutor<'_>, id: JobId) -> Result<Option<Timestamp>> {
    let key = id.to_string();
    let at = sqlx::query_scalar!("SELECT logs_deleted_at FROM job WHERE id = ?1", key).fetch_optional(db).await?;
    Ok(at.flatten().map(row::time))
}

/// The job with this name in its workflow.
pub async fn find_by_name(db: impl SqliteExecutor<'_>, workflow: WorkflowId, name: &str) -> Result<Option<Job>> {
    let workflow = workflow.to_string();
    select!("WHERE j.workflow_id = ?1 AND j.name = ?2", workflow, name)
        .fetch_optional(db)
        .await?
        .map(Job::try_from)
        .transpose()
}

/// The jobs of a workflow, in the order of the configuration.
pub async fn list_by_workflow(db: impl SqliteExecutor<'_>, workflow: WorkflowId) -> Result<Vec<Job>> {
    let workflow = workflow.to_string();
    select!("WHERE j.workflow_id = ?1 ORDER BY j.position", workflow)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Job::try_from)
        .collect()
}

/// What a runner does of it; `None` for jobs that need no runner.
pub async fn get_plan(db: impl SqliteExecutor<'_>, id: JobId) -> Result<Option<JobPlan>> {
    let key = id.to_string();
    sqlx::query_scalar!("SELECT plan FROM job WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("job `{id}`")))?
        .map(|plan| row::json("plan", &plan))
        .transpose()
}

/// The states that a workflow's jobs have, each once.
pub(crate) async fn list_states(db: impl SqliteExecutor<'_>, workflow: WorkflowId) -> Result<Vec<JobState>> {
    let workflow = workflow.to_string();
    sqlx::query!("SELECT DISTINCT state, outcome FROM job WHERE workflow_id = ?1", workflow)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(|job| row::name("state", &job.state, |phase| JobState::from_row(phase, job.outcome.as_deref())))
        .collect()
}
