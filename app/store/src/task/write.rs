//! Making tasks, and what runners tell of them.

use std::collections::HashMap;

use model::{
    id::{JobId, TaskId},
    time::Timestamp,
};
use serde::Serialize;

use crate::{
    Error, Result, Topic, Tx,
    job::Job,
    queue::{self, Entry, LaneKey},
    row,
};

/// A row to be.
#[derive(Serialize)]
struct NewTask<'a> {
    id: TaskId,
    job_id: JobId,
    node_index: u32,
    queue: &'a str,
    lane_id: i64,
    ages_at: Option<i64>,
}

/// Makes the tasks of jobs that have just been queued.
pub(crate) async fn create_all(tx: &mut Tx, jobs: &[Job], now: Timestamp) -> Result<()> {
    let mut lanes = HashMap::new();
    let mut places = Vec::with_capacity(jobs.len());
    for job in jobs {
        let Some(needs) = job.needs else { continue };
        let lane = LaneKey::of(job, needs);
        if !lanes.contains_key(&lane) {
            let entry = queue::enter(tx, &lane, now).await?;
            lanes.insert(lane.clone(), entry);
        }
        places.push((job, lane));
    }
    let mut tasks = Vec::with_capacity(places.len());
    for (job, lane) in &places {
        let Entry { lane_id, ages_at } = lanes[lane];
        tasks.extend((0..job.parallelism).map(|node_index| {
            let (id, job_id, queue) = (TaskId::from_uuid(row::new_id()), job.id, lane.queue());
            NewTask { id, job_id, node_index, queue, lane_id, ages_at }
        }));
    }
    let tasks = row::to_json(&tasks)?;
    sqlx::query!(
        "INSERT INTO task (id, job_id, node_index, queue, state, lane_id, ages_at)
         SELECT value ->> 'id', value ->> 'job_id', value ->> 'node_index', value ->> 'queue', 'queued',
                value ->> 'lane_id', value ->> 'ages_at'
         FROM json_each(?1)",
        tasks
    )
    .execute(tx.db())
    .await?;
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
