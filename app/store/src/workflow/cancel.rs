//! Cancelling a workflow.

use model::{id::WorkflowId, time::Timestamp};

use super::get;
use crate::{Result, Tx, job};

/// Cancels every job of it that has not ended; `reason` says who or what does, in a sentence. Jobs that run end once their
/// runners have stopped them. A workflow that is over stays as it is.
pub async fn cancel(tx: &mut Tx, id: WorkflowId, reason: &str, now: Timestamp) -> Result<()> {
    get(tx.db(), id).await?;
    let jobs = job::list_by_workflow(tx.db(), id).await?;
    if jobs.iter().all(|job| job.state.outcome().is_some()) {
        return Ok(());
    }
    let key = id.to_string();
    sqlx::query!("UPDATE workflow SET cancel_reason = coalesce(cancel_reason, ?2) WHERE id = ?1", key, reason)
        .execute(tx.db())
        .await?;
    for job in jobs {
        if job.state.outcome().is_none() {
            job::cancel(tx, job.id, reason, now).await?;
        }
    }
    tx.fold(id, now);
    Ok(())
}
