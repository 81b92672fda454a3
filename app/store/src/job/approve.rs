//! What a person says to a job on hold.

use model::{
    id::JobId,
    job::{JobEvent, JobState, Outcome},
    time::Timestamp,
    trigger::Actor,
};

use super::{Job, advance, get};
use crate::{
    Error, Result, Tx,
    approval::{self, Approval, Verdict},
    pipeline,
};

/// A person approves a job that is on hold: it has succeeded, and what requires it may run. Whether the person may is the
/// caller's question. The approval is of the pipeline's commit, also when that is not the branch's last any more.
///
/// # Errors
/// `Conflict` when it is not on hold.
pub async fn approve(tx: &mut Tx, id: JobId, by: &Actor, now: Timestamp) -> Result<Job> {
    let (key, login) = (id.to_string(), &by.login);
    let job = Job { approved_by: Some(login.clone()), ..get(tx.db(), id).await? };
    let job = advance(tx, job, JobEvent::Approved, None, now).await?;
    sqlx::query!("UPDATE job SET approved_by = ?2 WHERE id = ?1", key, login).execute(tx.db()).await?;
    note(tx, &job, Verdict::Approved, by, now).await?;
    Ok(job)
}

/// A person denies a job that is on hold: it ends as canceled, and what requires its success does not run.
///
/// # Errors
/// `Conflict` when it is not on hold.
pub async fn deny(tx: &mut Tx, id: JobId, by: &Actor, now: Timestamp) -> Result<Job> {
    let job = get(tx.db(), id).await?;
    // A canceled job can have been anything before: only a hold can be denied.
    if job.state != JobState::OnHold {
        let state = job.state.name();
        return Err(Error::Conflict(format!("job {} `{}` is {state}, not on hold", job.number, job.name)));
    }
    let reason = format!("{} denied it", by.login);
    let job = advance(tx, job, JobEvent::Ended(Outcome::Canceled), Some(&reason), now).await?;
    note(tx, &job, Verdict::Denied, by, now).await?;
    Ok(job)
}

async fn note(tx: &mut Tx, job: &Job, verdict: Verdict, by: &Actor, now: Timestamp) -> Result<()> {
    let sha = pipeline::get(tx.db(), job.pipeline_id).await?.sha;
    let approval = Approval { job_id: job.id, verdict, by: by.clone(), sha, decided_at: now };
    approval::create(tx, &approval).await
}
