//! Reading workflows.

use model::id::{PipelineId, WorkflowId};
use sqlx::SqliteExecutor;

use super::row::{Workflow, WorkflowRow, select};
use crate::{Error, Result, job::Job, row};

/// The workflow.
pub async fn get(db: impl SqliteExecutor<'_>, id: WorkflowId) -> Result<Workflow> {
    let key = id.to_string();
    select!("WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("workflow `{id}`")))?
        .try_into()
}

/// The workflows of a pipeline, in the order of the configuration; the attempts at each side by side, the first first.
pub async fn list_by_pipeline(db: impl SqliteExecutor<'_>, pipeline: PipelineId) -> Result<Vec<Workflow>> {
    let pipeline = pipeline.to_string();
    select!("WHERE pipeline_id = ?1 ORDER BY position, id", pipeline)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Workflow::try_from)
        .collect()
}

/// All attempts at a workflow, given by any of them, the first first.
pub async fn list_attempts(db: impl SqliteExecutor<'_>, id: WorkflowId) -> Result<Vec<Workflow>> {
    let key = id.to_string();
    select!("WHERE workspace_id = (SELECT workspace_id FROM workflow WHERE id = ?1) ORDER BY attempt", key)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Workflow::try_from)
        .collect()
}

/// An attempt that repeats this one, if there is any.
pub async fn find_rerun(db: impl SqliteExecutor<'_>, id: WorkflowId) -> Result<Option<WorkflowId>> {
    let key = id.to_string();
    sqlx::query_scalar!("SELECT id FROM workflow WHERE rerun_of = ?1 ORDER BY attempt LIMIT 1", key)
        .fetch_optional(db)
        .await?
        .map(|id| row::text("id", &id))
        .transpose()
}

/// Whether a later attempt runs this job again: then it is that attempt that speaks of it.
pub(crate) async fn is_superseded(db: impl SqliteExecutor<'_>, job: &Job) -> Result<bool> {
    let (workflow, name) = (job.workflow_id.to_string(), &job.name);
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT 1 FROM workflow own
               JOIN workflow later ON later.workspace_id = own.workspace_id AND later.attempt > own.attempt
               JOIN job other ON other.workflow_id = later.id AND other.name = ?2 AND other.reuses IS NULL
               WHERE own.id = ?1) AS "found!: i64""#,
        workflow,
        name
    )
    .fetch_one(db)
    .await?;
    Ok(found != 0)
}
