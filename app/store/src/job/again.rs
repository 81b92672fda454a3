//! The jobs of another attempt at a workflow.

use std::collections::BTreeSet;

use model::{
    id::{JobId, WorkflowId},
    job::{JobEvent, JobState, Outcome},
    time::Timestamp,
};

use super::{Job, advance, get, list_by_workflow, status};
use crate::{
    Result, Tx, row,
    status::{Desired, StatusState},
};

/// Makes the jobs of a new attempt from those of an earlier one, with the next numbers of the project: blocked where they
/// run again; where not, in the state of the job that they reuse, or blocked until that one has ended.
pub(crate) async fn create_again(
    tx: &mut Tx,
    workflow: WorkflowId,
    jobs: &[Job],
    again: &BTreeSet<JobId>,
    now: Timestamp,
) -> Result<()> {
    let Some(first) = jobs.first() else { return Ok(()) };
    let (project, count) = (first.project_id.to_string(), row::integer(jobs.len() as u64));
    let number = sqlx::query_scalar!(
        r#"UPDATE project SET next_job_number = next_job_number + ?2 WHERE id = ?1
           RETURNING next_job_number - ?2 AS "number!: i64""#,
        project,
        count
    )
    .fetch_one(tx.db())
    .await?;
    let (workflow, millis) = (workflow.to_string(), now.millis());
    for (number, job) in (number..).zip(jobs) {
        let (id, old) = (JobId::from_uuid(row::new_id()).to_string(), job.id.to_string());
        let reuses = (!again.contains(&job.id)).then(|| job.origin().to_string());
        sqlx::query!(
            "INSERT INTO job (id, workflow_id, project_id, number, name, position, kind, state, requires, serial_group,
                              job_group, group_role, plan, resource_class, needs, parallelism, created_at, reuses)
             SELECT ?1, ?2, project_id, ?3, name, position, kind, 'blocked', requires, serial_group, job_group, group_role,
                    plan, resource_class, needs, parallelism, ?4, ?5
             FROM job WHERE id = ?6",
            id,
            workflow,
            number,
            millis,
            reuses,
            old
        )
        .execute(tx.db())
        .await?;
        if let (Some(origin), JobState::Ended(_)) = (&reuses, job.state) {
            copy_end(tx, &id, origin).await?;
        }
    }
    Ok(())
}

async fn copy_end(tx: &mut Tx, job: &str, origin: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE job SET state = o.state, outcome = o.outcome, reason = o.reason, approved_by = o.approved_by,
                        queued_at = o.queued_at, started_at = o.started_at, ended_at = o.ended_at, waits_for = NULL
         FROM job o WHERE job.id = ?1 AND o.id = ?2",
        job,
        origin
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// The job that a blocked job reuses has ended: so has this one, in the same way and at the same time.
///
/// # Errors
/// `Conflict` when either is not so.
pub async fn end_with_origin(tx: &mut Tx, job: Job, outcome: Outcome, now: Timestamp) -> Result<Job> {
    let (id, origin) = (job.id, job.origin());
    advance(tx, job, JobEvent::Ended(outcome), None, now).await?;
    copy_end(tx, &id.to_string(), &origin.to_string()).await?;
    get(tx.db(), id).await
}

/// Commit statuses of jobs that run again are pending at once: what the earlier attempt said is no longer the last word.
pub(crate) async fn promise_again(tx: &mut Tx, workflow: WorkflowId, attempt: u32, now: Timestamp) -> Result<()> {
    for job in list_by_workflow(tx.db(), workflow).await? {
        if job.reuses.is_some() {
            continue;
        }
        let place = status::place(tx, &job).await?;
        let desired = Desired {
            state: StatusState::Pending,
            description: format!("Waits for its turn in attempt {attempt}"),
            ..status::desired(tx, &place, &job)
        };
        crate::status::replace_desired(tx, &desired, None, now).await?;
    }
    Ok(())
}
