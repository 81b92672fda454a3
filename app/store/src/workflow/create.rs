//! Making a first attempt.

use model::{id::WorkflowId, plan::WorkflowPlan, time::Timestamp, workflow::WorkflowStatus};

use super::mark_due;
use crate::{Result, Tx, job, pipeline::Pipeline, row};

/// Makes a workflow and its jobs, all blocked, and marks it due.
pub(crate) async fn create(
    tx: &mut Tx,
    pipeline: &Pipeline,
    position: usize,
    plan: &WorkflowPlan,
    now: Timestamp,
) -> Result<WorkflowId> {
    let WorkflowPlan { name, jobs, skipped, max_auto_reruns } = plan;
    let id = WorkflowId::from_uuid(row::new_id());
    let (key, pipeline_id, millis) = (id.to_string(), pipeline.id.to_string(), now.millis());
    let (position, skipped) = (row::integer(position as u64), row::to_json(skipped)?);
    let (status, ended_at) = match jobs.is_empty() {
        true => (WorkflowStatus::NotRun.name(), Some(millis)),
        false => (WorkflowStatus::Running.name(), None),
    };
    sqlx::query!(
        "INSERT INTO workflow (id, pipeline_id, name, position, status, skipped, max_auto_reruns, created_at, ended_at,
                               workspace_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?1)",
        key,
        pipeline_id,
        name,
        position,
        status,
        skipped,
        max_auto_reruns,
        millis,
        ended_at
    )
    .execute(tx.db())
    .await?;
    job::create_all(tx, pipeline, id, jobs, now).await?;
    if !jobs.is_empty() {
        mark_due(tx, id, now).await?;
    }
    Ok(id)
}
