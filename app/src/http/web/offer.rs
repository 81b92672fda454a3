//! What a page offers to do: the buttons of a pipeline, of a workflow and of a job.
//!
//! Whoever is not logged in sees them all the same, switched off and with the reason. Whether a person may is asked when they
//! press one: only the forge can tell, and no page waits for it.

use model::{
    id::PipelineId,
    job::{JobState, Outcome},
};
use store::{
    job::{Job, JobType},
    workflow::{RerunKind, Workflow},
};

use super::workflow::is_superseded;
use crate::http::viewer::Viewer;

/// What can be done with a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// Whether somebody is there who may be allowed to.
    pub on: bool,
    /// Ways to repeat it, by workflow.
    pub reruns: Vec<Again>,
    /// Where to send the wish to cancel it, and what that cancels.
    pub cancel: Option<(String, &'static str)>,
}

/// Ways to repeat one workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// Its name, where there are several.
    pub heading: Option<String>,
    /// Where to send the wish.
    pub action: String,
    /// The ways: the form's value, what it is called, what it means.
    pub ways: Vec<(&'static str, &'static str, &'static str)>,
}

/// What can be said to a job on hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The job's name.
    pub job: String,
    /// Whether somebody is there who may be allowed to answer.
    pub on: bool,
    /// Where a yes goes.
    pub approve: String,
    /// Where a no goes.
    pub deny: String,
}

/// A way to repeat: the form's value, what it is called, what it means.
type Way = (&'static str, &'static str, &'static str);

const FROM_FAILED: Way = ("failed", "From failed", "Reuses what succeeded.");
const FROM_START: Way = ("start", "From the start", "Every job again, same commit and parameters.");
const FAILED_TESTS: Way = ("failed-tests", "Failed tests only", "For jobs that use circleci tests run.");

/// What can be done with a pipeline. Of each workflow the newest attempt can be repeated.
pub fn of_pipeline(pipeline: PipelineId, workflows: &[(Workflow, Vec<Job>)], viewer: &Viewer) -> Offers {
    let repeated: Vec<&(Workflow, Vec<Job>)> =
        workflows.iter().filter(|(workflow, jobs)| !jobs.is_empty() && !is_superseded(workflow, workflows)).collect();
    let several = repeated.len() > 1;
    let reruns = repeated.into_iter().map(|(workflow, jobs)| Again {
        heading: several.then(|| workflow.name.clone()),
        action: format!("/actions/workflows/{}/rerun", workflow.id),
        ways: ways(jobs),
    });
    let open = workflows.iter().any(|(_, jobs)| jobs.iter().any(|job| job.state.outcome().is_none()));
    Offers {
        on: viewer.may_act(),
        reruns: reruns.collect(),
        cancel: open.then(|| (format!("/actions/pipelines/{pipeline}/cancel"), "the whole pipeline")),
    }
}

/// What can be done with a job.
pub fn of_job(job: &Job, viewer: &Viewer) -> Offers {
    let reruns = match (job.state, job.kind) {
        (JobState::Ended(_), JobType::Build) => vec![Again {
            heading: None,
            action: format!("/actions/jobs/{}/rerun", job.id),
            ways: vec![("job", "This job", "And what comes after it, in a new attempt of the workflow.")],
        }],
        _ => Vec::new(),
    };
    let cancel = match job.state {
        JobState::Blocked | JobState::OnHold | JobState::Queued | JobState::Running => {
            Some((format!("/actions/jobs/{}/cancel", job.id), "this job"))
        }
        JobState::Ended(_) => None,
    };
    Offers { on: viewer.may_act(), reruns, cancel }
}

/// What can be said to a job; `None` when it does not wait for a person.
pub fn question(job: &Job, viewer: &Viewer) -> Option<Question> {
    (job.state == JobState::OnHold).then(|| Question {
        job: job.name.clone(),
        on: viewer.may_act(),
        approve: format!("/actions/jobs/{}/approve", job.id),
        deny: format!("/actions/jobs/{}/deny", job.id),
    })
}

fn ways(jobs: &[Job]) -> Vec<Way> {
    let failed = jobs.iter().any(|job| job.state.outcome().is_some_and(|outcome| outcome != Outcome::Success));
    if failed { vec![FROM_FAILED, FROM_START, FAILED_TESTS] } else { vec![FROM_START] }
}

/// In a few words, which attempt a workflow is, and why there is one; empty for a first and only attempt.
pub fn attempt(workflow: &Workflow) -> String {
    let kind = match workflow.rerun_kind {
        None => return String::new(),
        Some(RerunKind::FromStart) => "from the start",
        Some(RerunKind::FromFailed) => "from failed",
        Some(RerunKind::Jobs) => "chosen jobs",
        Some(RerunKind::FailedTests) => "failed tests only",
    };
    let by = match &workflow.rerun_by {
        Some(by) => format!("by {}", by.login),
        None => format!("automatic rerun {} of {}", workflow.auto_rerun_number, workflow.max_auto_reruns),
    };
    format!("attempt {}, {kind}, {by}", workflow.attempt)
}
