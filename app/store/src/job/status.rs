//! What a job's state says on its commit.

use model::{
    job::{JobState, Outcome},
    plan::GroupRole,
    project::{ProjectSlug, Sha},
    time::Timestamp,
};

use super::{Job, JobType};
use crate::{
    Result, Tx, pipeline, row,
    status::{Desired, StatusState, replace_desired, set_all_desired, set_desired},
    workflow,
};

/// Stores the wish for the commit status of a job that has just changed. A job that never waited for anything has none.
pub(super) async fn wish(tx: &mut Tx, before: &Job, job: &Job, now: Timestamp) -> Result<()> {
    let Some(desired) = wanted(tx, job).await? else { return Ok(()) };
    match (before.state, job.state) {
        // Where nothing was promised for it, nothing is said.
        (JobState::Blocked, JobState::Ended(Outcome::NotRun)) => {
            replace_desired(tx, &desired, Some(&desired.target_url), now).await
        }
        _ => set_desired(tx, &desired, now).await,
    }
}

/// The same of many jobs that have begun to wait for a runner.
pub(super) async fn wish_all(tx: &mut Tx, queued: &[Job], now: Timestamp) -> Result<()> {
    let mut all = Vec::with_capacity(queued.len());
    for job in queued {
        all.extend(wanted(tx, job).await?);
    }
    set_all_desired(tx, &all, now).await
}

/// What the forge should show; `None` where it is not for this job to say.
async fn wanted(tx: &mut Tx, job: &Job) -> Result<Option<Desired>> {
    // The run that it reuses speaks for it; the entry and the exit of a job group are nobody's work.
    let is_boundary = job.group.as_ref().is_some_and(|group| group.role != GroupRole::Member);
    if job.reuses.is_some() || is_boundary {
        return Ok(None);
    }
    let Some((state, description)) = say(job) else { return Ok(None) };
    let place = place(tx, job).await?;
    if place.is_repeated && workflow::is_superseded(tx.db(), job).await? {
        return Ok(None);
    }
    Ok(Some(Desired { state, description, ..desired(tx, &place, job) }))
}

/// What the statuses of a workflow's jobs have in common. Read once in a transaction, which may change a thousand jobs.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    sha: Sha,
    /// The path of the pipeline's page.
    path: String,
    /// There are later attempts: they may be the ones to speak.
    is_repeated: bool,
}

pub(super) async fn place(tx: &mut Tx, job: &Job) -> Result<Place> {
    if let Some(place) = tx.places().get(&job.workflow_id) {
        return Ok(place.clone());
    }
    let workflow = job.workflow_id.to_string();
    let found = sqlx::query!(
        r#"SELECT p.sha AS "sha!", p.number AS "number!", r.vcs AS "vcs!", r.org AS "org!", r.repo AS "repo!",
                  EXISTS (SELECT 1 FROM workflow later
                          WHERE later.workspace_id = w.workspace_id AND later.attempt > w.attempt) AS "later!: bool"
           FROM workflow w JOIN pipeline p ON p.id = w.pipeline_id JOIN project r ON r.id = p.project_id
           WHERE w.id = ?1"#,
        workflow
    )
    .fetch_one(tx.db())
    .await?;
    let slug = ProjectSlug { vcs: row::text("vcs", &found.vcs)?, org: found.org, repo: found.repo };
    let place = Place {
        sha: row::text("sha", &found.sha)?,
        path: pipeline::path(&slug, row::number("number", found.number)?),
        is_repeated: found.later,
    };
    tx.places().insert(job.workflow_id, place.clone());
    Ok(place)
}

/// Whose status it is: without a state and words.
pub(super) fn desired(tx: &Tx, place: &Place, job: &Job) -> Desired {
    let options = tx.options();
    let Place { sha, path, is_repeated: _ } = place;
    Desired {
        project_id: job.project_id,
        pipeline_id: job.pipeline_id,
        sha: sha.clone(),
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
        (JobType::Approval, _, _) => match &job.approved_by {
            Some(by) => format!("Approved by {by}"),
            None => "Approved".to_owned(),
        },
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
