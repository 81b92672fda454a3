//! The only way from one state of a job to the next.

use model::{
    id::JobId,
    job::{JobEvent, JobState, Outcome},
    time::Timestamp,
};

use super::{Job, JobType, WAITS_FOR_APPROVAL, get, status};
use crate::{Error, Result, Stage, Topic, Tx, task, workflow};

/// An event happens to a job, with everything that follows from it in the same transaction:
///
/// - the row, with its times; `reason` is one sentence of cause, expected for every end that is no success;
/// - its tasks: made when it is queued; those that still wait are ended with it, those that run are asked to stop;
/// - its workflow's status (at the commit), and at its end the workflow is due, and those whose jobs reuse it are;
/// - its commit status;
/// - the wake-ups and the news.
///
/// # Errors
/// `Conflict` when the job cannot have this event in its state, `NotFound` when there is no such job.
pub async fn transition(tx: &mut Tx, id: JobId, event: JobEvent, reason: Option<&str>, now: Timestamp) -> Result<Job> {
    let job = get(tx.db(), id).await?;
    advance(tx, job, event, reason, now).await
}

/// As [`transition`], of a job that was read in this transaction and has not changed since.
///
/// # Errors
/// As [`transition`].
pub async fn advance(tx: &mut Tx, before: Job, event: JobEvent, reason: Option<&str>, now: Timestamp) -> Result<Job> {
    let state = before
        .state
        .on(event)
        .map_err(|illegal| Error::Conflict(format!("job {} `{}`: {illegal}", before.number, before.name)))?;
    if state == before.state {
        return Ok(before);
    }
    let job = write(tx, before.clone(), state, reason, now).await?;
    match state {
        JobState::Queued => {
            if before.state == JobState::Blocked {
                task::create_all(tx, &job, now).await?;
            }
            tx.wake(Stage::Dispatch);
        }
        JobState::Ended(outcome) => {
            if before.state != JobState::Blocked {
                task::end_with_job(tx, job.id, outcome, job.reason.as_deref(), now).await?;
            }
            workflow::mark_due(tx, job.workflow_id, now).await?;
            workflow::mark_reusers_due(tx, job.id, now).await?;
        }
        JobState::Blocked | JobState::OnHold | JobState::Running => {}
    }
    tx.fold(job.workflow_id, now);
    status::wish(tx, &before, &job, now).await?;
    tx.changed(Topic::Job(job.id));
    tx.changed(Topic::Pipeline(job.pipeline_id));
    tx.changed(Topic::Project(job.project_id));
    Ok(job)
}

async fn write(tx: &mut Tx, job: Job, state: JobState, reason: Option<&str>, now: Timestamp) -> Result<Job> {
    let (mut queued_at, mut started_at, mut ended_at) = (job.queued_at, job.started_at, None);
    let mut waits_for = None;
    match state {
        JobState::Blocked => {}
        JobState::OnHold => waits_for = Some(WAITS_FOR_APPROVAL.to_owned()),
        JobState::Queued => {
            queued_at = queued_at.or(Some(now));
            started_at = None;
        }
        JobState::Running => started_at = Some(now),
        JobState::Ended(_) => ended_at = Some(now),
    }
    // An end of which nobody knows the cause would be a riddle.
    let reason = match (reason, state) {
        (Some(reason), _) => Some(reason.to_owned()),
        (None, JobState::Ended(Outcome::Success)) => None,
        (None, JobState::Ended(outcome)) => Some(format!("it ended as `{}`", outcome.name())),
        (None, _) => None,
    };
    let (key, phase, outcome) = (job.id.to_string(), state.phase(), state.outcome().map(Outcome::name));
    let (queued, started, ended) =
        (queued_at.map(Timestamp::millis), started_at.map(Timestamp::millis), ended_at.map(Timestamp::millis));
    sqlx::query!(
        "UPDATE job SET state = ?2, outcome = ?3, reason = ?4, queued_at = ?5, started_at = ?6, ended_at = ?7,
                        waits_for = ?8
         WHERE id = ?1",
        key,
        phase,
        outcome,
        reason,
        queued,
        started,
        ended,
        waits_for
    )
    .execute(tx.db())
    .await?;
    debug_assert!(job.kind == JobType::Build || state != JobState::Running, "only builds run");
    Ok(Job { state, reason, waits_for, queued_at, started_at, ended_at, ..job })
}
