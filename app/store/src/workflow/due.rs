//! When the scheduler looks at a workflow.

use model::{
    id::{JobId, PipelineId, WorkflowId},
    time::Timestamp,
};
use sqlx::{SqliteExecutor, sqlite::SqliteQueryResult};

use crate::{Result, Stage, Tx, row};

/// The workflow that the scheduler should look at now: the one that waits longest.
pub async fn next_due(db: impl SqliteExecutor<'_>, now: Timestamp) -> Result<Option<WorkflowId>> {
    let now = now.millis();
    sqlx::query_scalar!("SELECT id FROM workflow WHERE due_at <= ?1 ORDER BY due_at, id LIMIT 1", now)
        .fetch_optional(db)
        .await?
        .map(|id| row::text("id", &id))
        .transpose()
}

/// Whether the scheduler has yet to look at a workflow of this pipeline.
pub async fn has_due(db: impl SqliteExecutor<'_>, pipeline: PipelineId, now: Timestamp) -> Result<bool> {
    let (pipeline, now) = (pipeline.to_string(), now.millis());
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM workflow WHERE pipeline_id = ?1 AND due_at <= ?2) AS "found!: i64""#,
        pipeline,
        now
    )
    .fetch_one(db)
    .await?;
    Ok(found != 0)
}

/// When the scheduler should look at a workflow next; `None` when none is due.
pub async fn next_due_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(r#"SELECT min(due_at) AS "at?: i64" FROM workflow WHERE due_at IS NOT NULL"#)
        .fetch_one(db)
        .await?;
    Ok(at.map(row::time))
}

/// Something in it has changed: the scheduler looks at it (again) and is woken.
pub async fn mark_due(tx: &mut Tx, id: WorkflowId, now: Timestamp) -> Result<()> {
    look_again_at(tx, id, now).await?;
    tx.wake(Stage::Scheduler);
    Ok(())
}

/// Wakes the scheduler if an update has marked a workflow.
pub(crate) fn wake_if_marked(tx: &mut Tx, update: &SqliteQueryResult) {
    if update.rows_affected() > 0 {
        tx.wake(Stage::Scheduler);
    }
}

/// A job has succeeded: its workflow is due, unless nothing in it can follow from that. So it is while no job waits for
/// others, some have not ended yet, and none has to do with a serial group.
pub(crate) async fn mark_due_after_success(tx: &mut Tx, id: WorkflowId, now: Timestamp) -> Result<()> {
    let (key, now) = (id.to_string(), now.millis());
    let marked = sqlx::query!(
        "UPDATE workflow SET due_at = min(coalesce(due_at, ?2), ?2)
         WHERE id = ?1
           AND (EXISTS (SELECT 1 FROM job WHERE workflow_id = ?1 AND state = 'blocked')
                OR NOT EXISTS (SELECT 1 FROM job WHERE workflow_id = ?1 AND state IN ('on_hold', 'queued', 'running'))
                OR EXISTS (SELECT 1 FROM serial_ticket WHERE workflow_id = ?1))",
        key,
        now
    )
    .execute(tx.db())
    .await?;
    wake_if_marked(tx, &marked);
    Ok(())
}

/// A job has ended: workflows with jobs that reuse it are due.
pub(crate) async fn mark_reusers_due(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<()> {
    let (job, now) = (job.to_string(), now.millis());
    let marked = sqlx::query!(
        "UPDATE workflow SET due_at = min(coalesce(due_at, ?2), ?2)
         WHERE id IN (SELECT workflow_id FROM job WHERE reuses = ?1 AND state = 'blocked')",
        job,
        now
    )
    .execute(tx.db())
    .await?;
    wake_if_marked(tx, &marked);
    Ok(())
}

/// Something in it falls due by itself: the scheduler looks at it then at the latest.
pub async fn look_again_at(tx: &mut Tx, id: WorkflowId, at: Timestamp) -> Result<()> {
    let (key, at) = (id.to_string(), at.millis());
    sqlx::query!("UPDATE workflow SET due_at = min(coalesce(due_at, ?2), ?2) WHERE id = ?1", key, at)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The scheduler has decided all there is to decide now. What happens afterwards marks it again.
pub async fn clear_due(tx: &mut Tx, id: WorkflowId) -> Result<()> {
    let key = id.to_string();
    sqlx::query!("UPDATE workflow SET due_at = NULL WHERE id = ?1", key).execute(tx.db()).await?;
    Ok(())
}

/// The scheduler failed on it: others come first, and it is looked at again at `until`.
pub async fn defer(tx: &mut Tx, id: WorkflowId, until: Timestamp) -> Result<()> {
    let (key, until) = (id.to_string(), until.millis());
    sqlx::query!("UPDATE workflow SET due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL", key, until)
        .execute(tx.db())
        .await?;
    Ok(())
}
