//! What a job's state says on its commit.

use model::{
    job::{JobState, Outcome},
    time::Timestamp,
};

use super::{Job, JobType};
use crate::{
    Result, Tx,
    pipeline::{self, Pipeline},
    status::{Desired, StatusState, replace_desired, set_desired},
    workflow,
};

/// Stores the wish for the commit status of a job that has just changed. A job that never waited for anything has none.
pub(super) async fn wish(tx: &mut Tx, before: &Job, job: &Job, now: Timestamp) -> Result<()> {
    // The run that it reuses speaks for it.
    if job.reuses.is_some() {
        return Ok(());
    }
    let Some((state, description)) = say(job) else { return Ok(()) };
    if workflow::is_superseded(tx.db(), job).await? {
        return Ok(());
    }
    let pipeline = pipeline::get(tx.db(), job.pipeline_id).await?;
    let desired = Desired { state, description, ..desired(tx, &pipeline, job) };
    match (before.state, job.state) {
        // Where nothing was promised for it, nothing is said.
        (JobState::Blocked, JobState::Ended(Outcome::NotRun)) => {
            replace_desired(tx, &desired, Some(&desired.target_url), now).await
        }
        _ => set_desired(tx, &desired, now).await,
    }
}

/// Whose status it is: without a state and words.
pub(super) fn desired(tx: &Tx, pipeline: &Pipeline, job: &Job) -> Desired {
    let options = tx.options();
    let path = pipeline::path(&pipeline.slug, pipeline.number);
    Desired {
        project_id: job.project_id,
        pipeline_id: job.pipeline_id,
        sha: pipeline.sha.clone(),
        context: format!("{}: {}", options.status_prefix, job.name),
        state: StatusState::Pending,
        description: String::new(),
        target_url: format!("{}{path}/workflows/{}/jobs/{}", options.public_url, job.workflow_id, job.number),
    }
}

/// State and description; `None` where nothing is said.
fn say(job: &Job) -> Option<(StatusState, String)> {
    let because = |word: &str| match &job.reason {
        Some(reason) => format!("{word}: {reason}"),
        None => word.to_owned(),
    };
    Some(match job.state {
        JobState::Blocked => return None,
        JobState::OnHold => (StatusState::Pending, "Waits for an approval".to_owned()),
        JobState::Queued => (StatusState::Pending, "Waits for a runner".to_owned()),
        JobState::Running => (StatusState::Pending, "Running".to_owned()),
        JobState::Ended(Outcome::Success) => (StatusState::Success, success(job)),
        JobState::Ended(Outcome::Failed) => (StatusState::Failure, because("Failed")),
        JobState::Ended(Outcome::TimedOut) => (StatusState::Failure, because("Timed out")),
        JobState::Ended(Outcome::Canceled) => (StatusState::Error, because("Canceled")),
        JobState::Ended(Outcome::Unauthorized) => (StatusState::Error, because("Not allowed")),
        JobState::Ended(Outcome::InfrastructureFail) => (StatusState::Error, because("Infrastructure failed")),
        JobState::Ended(Outcome::NotRun) => (StatusState::Error, because("Did not run")),
    })
}

fn success(job: &Job) -> String {
    match (job.kind, job.started_at, job.ended_at) {
        (JobType::Approval, _, _) => "Approved".to_owned(),
        (_, Some(started), Some(ended)) => format!("Succeeded in {}", elapsed(ended.millis_since(started))),
        (JobType::Build | JobType::NoOp | JobType::Release, _, _) => "Succeeded".to_owned(),
    }
}

/// `8s`, `2m 10s`, `1h 2m`.
fn elapsed(millis: i64) -> String {
    let seconds = (millis.max(0) + 500) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds}s"),
        (hours, minutes, _) => format!("{hours}h {minutes}m"),
    }
}
