//! The only way from one state of a job to the next.

use model::{
    id::JobId,
    job::{JobEvent, JobState, Outcome},
    time::Timestamp,
};

use super::{Job, JobType, WAITS_FOR_APPROVAL, get, status};
use crate::{Error, Result, Stage, Topic, Tx, row, task, workflow};

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
    let was = before.state;
    let job = settle(tx, before, event, reason, now).await?;
    if let JobState::Ended(outcome) = job.state
        && was != job.state
        && was != JobState::Blocked
    {
        task::end_with_job(tx, job.id, outcome, job.reason.as_deref(), now).await?;
    }
    Ok(job)
}

/// As [`advance`], of a job whose tasks are what the event leaves of them.
///
/// # Errors
/// As [`transition`].
pub(crate) async fn settle(
    tx: &mut Tx,
    before: Job,
    event: JobEvent,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Job> {
    let state = next(&before, event)?;
    if state == before.state {
        return Ok(before);
    }
    let job = write(tx, before.clone(), state, reason, now).await?;
    match state {
        JobState::Queued => {
            if before.state == JobState::Blocked {
                task::create_all(tx, std::slice::from_ref(&job), now).await?;
            }
            tx.wake(Stage::Dispatch);
        }
        JobState::Ended(outcome) => {
            match outcome {
                Outcome::Success => workflow::mark_due_after_success(tx, job.workflow_id, now).await?,
                Outcome::Failed
                | Outcome::Canceled
                | Outcome::NotRun
                | Outcome::Unauthorized
                | Outcome::TimedOut
                | Outcome::InfrastructureFail => workflow::mark_due(tx, job.workflow_id, now).await?,
            }
            workflow::mark_reusers_due(tx, job.id, now).await?;
        }
        JobState::Blocked | JobState::OnHold | JobState::Running => {}
    }
    // A workflow with a job that waits for a runner has the same status as one with a job that has one.
    let is_active = |state: JobState| matches!(state, JobState::Queued | JobState::Running);
    if !is_active(before.state) || !is_active(state) {
        tx.fold(job.workflow_id, now);
    }
    status::wish(tx, &before, &job, now).await?;
    tell(tx, &job);
    Ok(job)
}

/// As [`advance`] with [`JobEvent::Unblocked`], of many jobs at once: a workflow may have a thousand that begin together.
///
/// # Errors
/// As [`transition`].
pub async fn queue_all(tx: &mut Tx, jobs: Vec<Job>, now: Timestamp) -> Result<()> {
    let mut queued = Vec::with_capacity(jobs.len());
    for job in jobs {
        let state = next(&job, JobEvent::Unblocked)?;
        let queued_at = job.queued_at.or(Some(now));
        queued.push(Job { state, reason: None, waits_for: None, queued_at, started_at: None, ended_at: None, ..job });
    }
    if queued.is_empty() {
        return Ok(());
    }
    let ids: Vec<JobId> = queued.iter().map(|job| job.id).collect();
    let (ids, millis, phase) = (row::to_json(&ids)?, now.millis(), JobState::Queued.phase());
    sqlx::query!(
        "UPDATE job SET state = ?2, reason = NULL, waits_for = NULL, queued_at = coalesce(queued_at, ?3), started_at = NULL
         WHERE id IN (SELECT value FROM json_each(?1))",
        ids,
        phase,
        millis
    )
    .execute(tx.db())
    .await?;
    task::create_all(tx, &queued, now).await?;
    tx.wake(Stage::Dispatch);
    status::wish_all(tx, &queued, now).await?;
    for job in &queued {
        tx.fold(job.workflow_id, now);
        tell(tx, job);
    }
    Ok(())
}

/// The state that a job has after an event.
fn next(job: &Job, event: JobEvent) -> Result<JobState> {
    job.state.on(event).map_err(|illegal| Error::Conflict(format!("job {} `{}`: {illegal}", job.number, job.name)))
}

fn tell(tx: &mut Tx, job: &Job) {
    tx.changed(Topic::Job(job.id));
    tx.changed(Topic::Pipeline(job.pipeline_id));
    tx.changed(Topic::Project(job.project_id));
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
