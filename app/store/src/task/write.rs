//! Making tasks, and what runners tell of them.

use model::{id::TaskId, time::Timestamp};

use crate::{Error, Result, Topic, Tx, job::Job, queue, row};

/// Makes the tasks of a job that has just been queued.
pub(crate) async fn create_all(tx: &mut Tx, job: &Job, now: Timestamp) -> Result<()> {
    let Some(needs) = job.needs else { return Ok(()) };
    let (job_id, queue) = (job.id.to_string(), needs.queue(job.resource_class.as_ref()));
    for node_index in 0..job.parallelism {
        let id = row::new_id().to_string();
        sqlx::query!(
            "INSERT INTO task (id, job_id, node_index, queue, state) VALUES (?1, ?2, ?3, ?4, 'queued')",
            id,
            job_id,
            node_index,
            queue
        )
        .execute(tx.db())
        .await?;
        queue::enter(tx, &id, job, needs, &queue, now).await?;
    }
    Ok(())
}

/// Prolongs the lease of a running task. Its runner was seen.
///
/// # Errors
/// `Conflict` when it does not run.
pub async fn renew(tx: &mut Tx, id: TaskId, lease_until: Timestamp, now: Timestamp) -> Result<()> {
    let (key, until, now) = (id.to_string(), lease_until.millis(), now.millis());
    let changed = sqlx::query!("UPDATE task SET lease_until = ?2 WHERE id = ?1 AND state = 'running'", key, until)
        .execute(tx.db())
        .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("task `{id}` does not run")));
    }
    sqlx::query!("UPDATE runner SET last_seen_at = ?2 WHERE id = (SELECT runner_id FROM task WHERE id = ?1)", key, now)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// The lease of a task ends at `until` at the latest. Its runner was not seen.
pub async fn shorten(tx: &mut Tx, id: TaskId, until: Timestamp) -> Result<()> {
    let (key, until) = (id.to_string(), until.millis());
    sqlx::query!("UPDATE task SET lease_until = min(lease_until, ?2) WHERE id = ?1 AND state = 'running'", key, until)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Events up to `seq` are stored, in this transaction. `started_user_step`: one of them began a step of the user's.
pub async fn advance(tx: &mut Tx, id: TaskId, seq: u64, started_user_step: bool) -> Result<()> {
    let (key, seq) = (id.to_string(), row::integer(seq));
    let job = sqlx::query_scalar!(
        "UPDATE task SET last_seq = ?2, started_user_step = max(started_user_step, ?3)
         WHERE id = ?1 AND last_seq <= ?2 RETURNING job_id",
        key,
        seq,
        started_user_step
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::Conflict(format!("task `{id}` has later events")))?;
    tx.changed(Topic::Job(row::text("job_id", &job)?));
    Ok(())
}
