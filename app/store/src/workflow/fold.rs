//! The status of a workflow, as its jobs make it.

use model::{id::WorkflowId, time::Timestamp};

use crate::{Error, Result, Tx, job};

/// Folds the states of its jobs into its status, and stores that. Done once for each transaction that has changed one of
/// them, at its commit: a fold reads all jobs.
pub(crate) async fn refold(tx: &mut Tx, id: WorkflowId, now: Timestamp) -> Result<()> {
    let states = job::list_states(tx.db(), id).await?;
    let key = id.to_string();
    let canceled = sqlx::query_scalar!(
        r#"SELECT cancel_reason IS NOT NULL AS "canceled!: bool" FROM workflow WHERE id = ?1"#,
        key
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::NotFound(format!("workflow `{id}`")))?;
    let status = model::workflow::status(states, canceled);
    let name = status.name();
    let ended_at = status.is_ended().then_some(now.millis());
    sqlx::query!(
        "UPDATE workflow SET status = ?2, ended_at = CASE WHEN ?3 IS NULL THEN NULL ELSE coalesce(ended_at, ?3) END
         WHERE id = ?1",
        key,
        name,
        ended_at
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
