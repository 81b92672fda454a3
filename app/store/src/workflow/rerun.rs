//! Repeating a workflow: another attempt, a new row of the same pipeline, with the plans that were compiled for the first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{
    id::{JobId, WorkflowId},
    job::{JobState, Outcome},
    plan::{GroupRole, JobGroup},
    time::Timestamp,
    trigger::Actor,
    workflow::WorkflowStatus,
};

use super::{RerunKind, Workflow, get, mark_due};
use crate::{
    Error, Result, Topic, Tx,
    job::{self, Job},
    row,
};

/// How often a workflow of a pipeline may be repeated, as at CircleCI.
pub const MOST_RERUNS: u32 = 100;

/// What of a workflow is run again. Jobs that are not run again count with the end they had; those that have not ended yet
/// count with the end they will have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// All jobs.
    FromStart,
    /// All that ended otherwise than with a success, and what comes after them.
    FromFailed,
    /// These jobs of the workflow, and what comes after them.
    Jobs(Vec<JobId>),
    /// As [`FromFailed`](Self::FromFailed); jobs that can tell tests apart run only those that failed.
    FailedTests,
}

impl Rerun {
    /// Its word in rows.
    pub const fn kind(&self) -> RerunKind {
        match self {
            Self::FromStart => RerunKind::FromStart,
            Self::FromFailed => RerunKind::FromFailed,
            Self::Jobs(_) => RerunKind::Jobs,
            Self::FailedTests => RerunKind::FailedTests,
        }
    }
}

/// Repeats a workflow for a person. Others of its attempts may still run. The commit statuses of the jobs that run again
/// are pending at once.
///
/// # Errors
/// `Conflict` when there is nothing to repeat, a chosen job has not ended, or it was repeated too often; `NotFound` for a
/// job of another workflow.
pub async fn rerun(tx: &mut Tx, id: WorkflowId, what: &Rerun, by: &Actor, now: Timestamp) -> Result<WorkflowId> {
    repeat(tx, id, what, Some(by), now).await
}

/// Repeats a failed workflow because its configuration says so, with the number after its own.
///
/// # Errors
/// As [`rerun`].
pub async fn rerun_automatically(tx: &mut Tx, id: WorkflowId, now: Timestamp) -> Result<WorkflowId> {
    repeat(tx, id, &Rerun::FromFailed, None, now).await
}

async fn repeat(tx: &mut Tx, id: WorkflowId, what: &Rerun, by: Option<&Actor>, now: Timestamp) -> Result<WorkflowId> {
    let workflow = get(tx.db(), id).await?;
    let jobs = job::list_by_workflow(tx.db(), id).await?;
    let again = chosen(&workflow, &jobs, what)?;
    let attempt = next_attempt(tx, &workflow).await?;
    let new = WorkflowId::from_uuid(row::new_id());
    let (new_key, old_key, kind, millis) = (new.to_string(), id.to_string(), what.kind().name(), now.millis());
    let (by_id, by_login) = (by.and_then(|by| by.id), by.map(|by| by.login.as_str()));
    let auto_rerun_number = if by.is_none() { workflow.auto_rerun_number + 1 } else { 0 };
    let running = WorkflowStatus::Running.name();
    sqlx::query!(
        "INSERT INTO workflow (id, pipeline_id, name, position, status, skipped, max_auto_reruns, created_at,
                               workspace_id, attempt, rerun_of, rerun_kind, rerun_by_id, rerun_by_login,
                               auto_rerun_number)
         SELECT ?1, pipeline_id, name, position, ?3, skipped, max_auto_reruns, ?4, workspace_id, ?5, id, ?6, ?7, ?8, ?9
         FROM workflow WHERE id = ?2",
        new_key,
        old_key,
        running,
        millis,
        attempt,
        kind,
        by_id,
        by_login,
        auto_rerun_number
    )
    .execute(tx.db())
    .await?;
    job::create_again(tx, new, &jobs, &again, now).await?;
    // Jobs of earlier attempts are not the ones to speak on the commit any more.
    tx.places().clear();
    job::promise_again(tx, new, attempt, now).await?;
    mark_due(tx, new, now).await?;
    tx.fold(new, now);
    tx.changed(Topic::Pipeline(workflow.pipeline_id));
    if let Some(job) = jobs.first() {
        tx.changed(Topic::Project(job.project_id));
    }
    Ok(new)
}

async fn next_attempt(tx: &mut Tx, workflow: &Workflow) -> Result<u32> {
    let first = workflow.workspace_id.to_string();
    let last =
        sqlx::query_scalar!(r#"SELECT max(attempt) AS "last!: i64" FROM workflow WHERE workspace_id = ?1"#, first)
            .fetch_one(tx.db())
            .await?;
    let last: u32 = row::number("attempt", last)?;
    if last > MOST_RERUNS {
        return Err(Error::Conflict(format!(
            "the workflow `{}` was rerun {MOST_RERUNS} times, the most it may: start a new pipeline",
            workflow.name
        )));
    }
    Ok(last + 1)
}

/// The jobs that run again: those that are asked for, and all that come after them.
fn chosen(workflow: &Workflow, jobs: &[Job], what: &Rerun) -> Result<BTreeSet<JobId>> {
    let first: Vec<&Job> = match what {
        Rerun::FromStart => return Ok(jobs.iter().map(|job| job.id).collect()),
        Rerun::FromFailed | Rerun::FailedTests => jobs.iter().filter(|job| is_failed(job, jobs)).collect(),
        Rerun::Jobs(ids) => {
            let find = |id: &JobId| {
                let job = jobs.iter().find(|job| job.id == *id).ok_or_else(|| {
                    Error::NotFound(format!("job `{id}` of the workflow `{}` (`{}`)", workflow.name, workflow.id))
                })?;
                match job.state {
                    JobState::Ended(_) => Ok(job),
                    JobState::Blocked | JobState::OnHold | JobState::Queued | JobState::Running => {
                        Err(Error::Conflict(format!("job `{}` has not ended: cancel it before you rerun it", job.name)))
                    }
                }
            };
            ids.iter().map(find).collect::<Result<_>>()?
        }
    };
    if first.is_empty() {
        return Err(Error::Conflict(format!(
            "no job of the workflow `{}` has failed: rerun it from its start, or choose jobs",
            workflow.name
        )));
    }
    let mut after: BTreeMap<&str, Vec<&Job>> = BTreeMap::new();
    for job in jobs {
        for required in &job.requires {
            after.entry(&required.job).or_default().push(job);
        }
    }
    let mut again: BTreeSet<JobId> = first.iter().map(|job| job.id).collect();
    let mut open: VecDeque<&Job> = first.into();
    while let Some(job) = open.pop_front() {
        for next in after.get(job.name.as_str()).into_iter().flatten() {
            if again.insert(next.id) {
                open.push_back(next);
            }
        }
    }
    // The lock of a job group is taken by its entry: without it the rest of the group would run beside others.
    let locked = |job: &&Job| job.serial_group.is_some() && matches!(role(job), Some((_, GroupRole::Entry)));
    let entries = jobs.iter().filter(locked).filter(|entry| {
        let group = role(entry).map(|(group, _)| group);
        jobs.iter().any(|job| again.contains(&job.id) && role(job).map(|(group, _)| group) == group)
    });
    let entries: Vec<JobId> = entries.map(|entry| entry.id).collect();
    again.extend(entries);
    Ok(again)
}

fn role(job: &Job) -> Option<(&str, GroupRole)> {
    job.group.as_ref().map(|JobGroup { name, role }| (name.as_str(), *role))
}

/// Whether a rerun from failed begins with it. What did not run because of others follows them; what did not run although
/// they ended as required was skipped by its serial group.
fn is_failed(job: &Job, jobs: &[Job]) -> bool {
    match job.state {
        JobState::Ended(Outcome::Success) => false,
        JobState::Ended(Outcome::NotRun) => job.requires.iter().all(|required| {
            let other = jobs.iter().find(|other| other.name == required.job);
            other.is_none_or(|other| other.state.outcome().is_some_and(|outcome| required.accepts(outcome)))
        }),
        JobState::Ended(
            Outcome::Failed
            | Outcome::Canceled
            | Outcome::Unauthorized
            | Outcome::TimedOut
            | Outcome::InfrastructureFail,
        ) => true,
        JobState::Blocked | JobState::OnHold | JobState::Queued | JobState::Running => false,
    }
}
