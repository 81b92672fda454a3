//! Ending tasks, and with the last of them their job.

use model::{
    event::StepResult,
    id::{JobId, TaskId},
    job::{JobEvent, JobState, Outcome},
    time::Timestamp,
};

use super::{Task, TaskState, get, list_by_job};
use crate::{
    Error, Result, Stage, Topic, Tx,
    job::{self, Job},
    step,
};

/// A task is over. Steps of it that still ran are ended, and when no task of its job is left, the job ends with the worst
/// outcome among them.
///
/// # Errors
/// `Conflict` when it is over already.
pub async fn end(tx: &mut Tx, id: TaskId, outcome: Outcome, reason: Option<&str>, now: Timestamp) -> Result<()> {
    let task = get(tx.db(), id).await?;
    finish(tx, &task, outcome, reason, now).await
}

/// As [`end`], of a task that was read in this transaction.
///
/// # Errors
/// As [`end`].
pub async fn finish(tx: &mut Tx, task: &Task, outcome: Outcome, reason: Option<&str>, now: Timestamp) -> Result<()> {
    let id = task.id;
    if let TaskState::Ended(before) = task.state {
        return Err(Error::Conflict(format!("task `{id}` is over: {}", before.name())));
    }
    // Who cancelled it, and why, was noted when that was asked for: the runner only knows that it was.
    let asked = task.reason.as_deref().filter(|_| outcome == Outcome::Canceled && task.cancel_requested);
    let reason = asked.or(reason);
    let (key, name, millis) = (id.to_string(), outcome.name(), now.millis());
    sqlx::query!(
        "UPDATE task SET state = 'ended', outcome = ?2, reason = ?3, claim_id = NULL, lease_until = NULL, ended_at = ?4
         WHERE id = ?1",
        key,
        name,
        reason,
        millis
    )
    .execute(tx.db())
    .await?;
    let unfinished = match outcome {
        Outcome::Canceled => StepResult::Canceled,
        Outcome::Success
        | Outcome::Failed
        | Outcome::NotRun
        | Outcome::Unauthorized
        | Outcome::TimedOut
        | Outcome::InfrastructureFail => {
            StepResult::Lost { reason: reason.unwrap_or("its task ended before it did").to_owned() }
        }
    };
    step::end_all(tx, id, &unfinished, now).await?;
    tx.changed(Topic::Job(task.job_id));
    // What waited because of a limit may begin.
    tx.wake(Stage::Dispatch);
    settle_job(tx, task.job_id, now).await?;
    Ok(())
}

/// Ends a running job whose tasks are all over.
pub(crate) async fn settle_job(tx: &mut Tx, id: JobId, now: Timestamp) -> Result<Job> {
    let job = job::get(tx.db(), id).await?;
    let tasks = list_by_job(tx.db(), id).await?;
    let mut worst: Option<Outcome> = None;
    for task in &tasks {
        let TaskState::Ended(outcome) = task.state else { return Ok(job) };
        worst = Some(worst.map_or(outcome, |so_far| so_far.worse(outcome)));
    }
    let (JobState::Running | JobState::Queued, Some(outcome)) = (job.state, worst) else { return Ok(job) };
    let culprit = tasks.iter().find(|task| task.state == TaskState::Ended(outcome));
    let reason = culprit.and_then(|task| {
        let reason = task.reason.as_deref()?;
        Some(match tasks.len() {
            1 => reason.to_owned(),
            count => format!("task {} of {count}: {reason}", task.node_index + 1),
        })
    });
    job::settle(tx, job, JobEvent::Ended(outcome), reason.as_deref(), now).await
}

/// A job ends: its tasks that wait end with it, those that run are asked to stop.
pub(crate) async fn end_with_job(
    tx: &mut Tx,
    job: JobId,
    outcome: Outcome,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let (job, outcome, now) = (job.to_string(), outcome.name(), now.millis());
    sqlx::query!(
        "UPDATE task SET state = 'ended', outcome = ?2, reason = ?3, ended_at = ?4
         WHERE job_id = ?1 AND state = 'queued'",
        job,
        outcome,
        reason,
        now
    )
    .execute(tx.db())
    .await?;
    sqlx::query!(
        "UPDATE task SET cancel_requested = 1, reason = coalesce(reason, ?2) WHERE job_id = ?1 AND state = 'running'",
        job,
        reason
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Asks the runners of a job's tasks to stop them; tasks that no runner has are over at once.
pub(crate) async fn request_cancel(tx: &mut Tx, job: JobId, reason: &str, now: Timestamp) -> Result<()> {
    end_with_job(tx, job, Outcome::Canceled, Some(reason), now).await
}
