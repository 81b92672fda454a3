//! Giving tasks to runners, and taking them back.

use model::{
    id::{RunnerId, TaskId},
    job::{JobEvent, JobState},
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Task, TaskState, get, list_by_job,
    row::{TaskRow, select, update},
};
use crate::{
    Error, Result, Stage, Topic, Tx, job,
    queue::{self, Seeker},
    row, step,
};

/// A runner's wish for a task.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Who asks, by name and queues.
    pub seeker: Seeker<'a>,
    /// The same by its id.
    pub runner: RunnerId,
    /// Chosen by the runner: the same brings the same task.
    pub claim_id: Uuid,
    /// SHA-256 of the token that the runner gets.
    pub token_hash: &'a [u8; 32],
    /// When the lease ends.
    pub lease_until: Timestamp,
}

/// Gives the task that is next to a runner, with the next epoch; its job runs from now on. Which one that is, says
/// [`find_next`](queue::find_next). A claim id that has a task gets that task again, with the new token in place of the
/// old. `None`: nothing waits, or nothing may begin.
///
/// # Errors
/// `Conflict` when another runner uses this claim id.
pub async fn claim(tx: &mut Tx, claim: &Claim<'_>, now: Timestamp) -> Result<Option<Task>> {
    let Claim { seeker, runner, claim_id, token_hash, lease_until } = *claim;
    let (claim_id, millis) = (claim_id.to_string(), now.millis());
    // Nearly always neither: SQLite takes longer to begin an update with all its triggers than for this look.
    let look = sqlx::query!(
        r#"SELECT EXISTS (SELECT 1 FROM task WHERE claim_id = ?1) AS "repeated!: bool",
                  EXISTS (SELECT 1 FROM task WHERE state = 'queued' AND ages_at <= ?2) AS "aged!: bool""#,
        claim_id,
        millis
    )
    .fetch_one(tx.db())
    .await?;
    if look.repeated {
        let before = select!("WHERE claim_id = ?1", claim_id).fetch_one(tx.db()).await?;
        return repeat(tx, before.try_into()?, claim).await.map(Some);
    }
    if look.aged {
        queue::promote(tx, now).await?;
    }
    let options = tx.options();
    let Some(task) = queue::find_next(tx.db(), seeker, &options.limits, now).await? else { return Ok(None) };
    let id = task.to_string();
    let (runner, hash, until) = (runner.to_string(), token_hash.as_slice(), lease_until.millis());
    let claimed = update!(
        "state = 'running', epoch = epoch + 1, runner_id = ?2, claim_id = ?3, token_hash = ?4, lease_until = ?5,
         claimed_at = ?6, started_user_step = 0, last_seq = 0, put_off = NULL
         WHERE id = ?1",
        id,
        runner,
        claim_id,
        hash,
        until,
        millis
    )
    .fetch_one(tx.db())
    .await?;
    queue::served(tx, task).await?;
    let task: Task = claimed.try_into()?;
    job::transition(tx, task.job_id, JobEvent::Claimed, None, now).await?;
    tx.changed(Topic::Job(task.job_id));
    tx.wake(Stage::Reap);
    Ok(Some(task))
}

async fn repeat(tx: &mut Tx, task: Task, claim: &Claim<'_>) -> Result<Task> {
    match task.state {
        TaskState::Running { runner, lease_until } if runner == claim.runner => {
            let (key, hash) = (task.id.to_string(), claim.token_hash.as_slice());
            let until = lease_until.max(claim.lease_until).millis();
            sqlx::query!("UPDATE task SET token_hash = ?2, lease_until = ?3 WHERE id = ?1", key, hash, until)
                .execute(tx.db())
                .await?;
            get(tx.db(), task.id).await
        }
        TaskState::Running { .. } => Err(Error::Conflict("another runner uses this claim id".to_owned())),
        // Whoever takes a task from a runner takes the claim id from the task.
        TaskState::Queued | TaskState::Ended(_) => Err(Error::Conflict("this claim is over".to_owned())),
    }
}

/// Takes a task back into its queue, as if it had not been claimed but for its epoch. What its runner told of it is
/// forgotten. For a while it is kept for other runners that can take it
/// ([`FOR_OTHERS_MS`](crate::queue::FOR_OTHERS_MS)). Returns how often that has happened to it.
///
/// # Errors
/// `Conflict` when it does not run, or a step of the user's has begun.
pub async fn unclaim(tx: &mut Tx, id: TaskId, now: Timestamp) -> Result<u32> {
    take_back(tx, id, 1, None, now).await
}

/// As [`unclaim`], when the fault is not its runner's: that is not counted, and nobody gets it before `until`. `why` is one
/// sentence of cause.
///
/// # Errors
/// `Conflict` when it does not run, or a step of the user's has begun.
pub async fn postpone(tx: &mut Tx, id: TaskId, until: Timestamp, why: &str, now: Timestamp) -> Result<()> {
    take_back(tx, id, 0, Some((until, why)), now).await?;
    Ok(())
}

async fn take_back(
    tx: &mut Tx,
    id: TaskId,
    count: i64,
    put_off: Option<(Timestamp, &str)>,
    now: Timestamp,
) -> Result<u32> {
    let (key, millis) = (id.to_string(), now.millis());
    // Zero: it is the next of its lane.
    let (not_before, why) = put_off.map_or((0, None), |(until, why)| (until.millis(), Some(why)));
    let count = sqlx::query_scalar!(
        "UPDATE task SET state = 'queued', runner_id = NULL, claim_id = NULL, token_hash = NULL, lease_until = NULL,
                         claimed_at = NULL, last_seq = 0, unclaimed_count = unclaimed_count + ?2, not_before = ?3,
                         put_off = ?4, given_back_by = iif(?2 > 0, runner_id, given_back_by),
                         given_back_at = iif(?2 > 0, ?5, given_back_at)
         WHERE id = ?1 AND state = 'running' AND started_user_step = 0 AND cancel_requested = 0
         RETURNING unclaimed_count",
        key,
        count,
        not_before,
        why,
        millis
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::Conflict(format!("task `{id}` cannot be given back: it has begun, or does not run")))?;
    step::forget(tx, id).await?;
    let task = get(tx.db(), id).await?;
    let tasks = list_by_job(tx.db(), task.job_id).await?;
    let job = job::get(tx.db(), task.job_id).await?;
    if job.state == JobState::Running && tasks.iter().all(|task| task.state == TaskState::Queued) {
        job::transition(tx, task.job_id, JobEvent::Unclaimed, None, now).await?;
    }
    tx.wake(Stage::Dispatch);
    tx.changed(Topic::Job(task.job_id));
    row::number("unclaimed_count", count)
}
