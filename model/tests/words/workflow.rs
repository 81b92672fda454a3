//! A workflow's status.

use model::{
    job::{JobState, Outcome},
    workflow::{WorkflowStatus, status},
};
use proptest::prelude::*;

const SUCCESS: JobState = JobState::Ended(Outcome::Success);
const FAILED: JobState = JobState::Ended(Outcome::Failed);
const NOT_RUN: JobState = JobState::Ended(Outcome::NotRun);
const INFRASTRUCTURE: JobState = JobState::Ended(Outcome::InfrastructureFail);
const CANCELED: JobState = JobState::Ended(Outcome::Canceled);

#[test]
fn what_people_see() {
    use JobState::{Blocked, OnHold, Queued, Running};
    use WorkflowStatus as W;
    let cases: [(&[JobState], WorkflowStatus); 21] = [
        (&[], W::NotRun),
        (&[Blocked, Blocked], W::Running),
        (&[Queued, Blocked], W::Running),
        (&[SUCCESS, Running], W::Running),
        (&[SUCCESS, SUCCESS], W::Success),
        (&[SUCCESS, NOT_RUN], W::Success),
        (&[NOT_RUN], W::NotRun),
        (&[FAILED, NOT_RUN], W::Failed),
        (&[FAILED, Running], W::Failing),
        (&[FAILED, Blocked], W::Failing),
        (&[SUCCESS, OnHold, Blocked], W::OnHold),
        (&[FAILED, OnHold], W::Failing),
        (&[CANCELED, SUCCESS], W::Canceled),
        (&[CANCELED, FAILED], W::Failed),
        (&[CANCELED, Running], W::Running),
        (&[JobState::Ended(Outcome::Unauthorized), NOT_RUN], W::Unauthorized),
        (&[JobState::Ended(Outcome::TimedOut), SUCCESS], W::Failed),
        (&[INFRASTRUCTURE, NOT_RUN], W::Error),
        (&[INFRASTRUCTURE, FAILED], W::Failed),
        (&[INFRASTRUCTURE, Running], W::Running),
        (&[INFRASTRUCTURE, OnHold], W::OnHold),
    ];
    for (jobs, expected) in cases {
        assert_eq!(status(jobs.iter().copied(), false), expected, "{jobs:?}");
    }
}

#[test]
fn whoever_cancels_a_workflow_has_canceled_it() {
    use JobState::{Blocked, Running};
    use WorkflowStatus as W;
    let cases: [(&[JobState], WorkflowStatus); 5] = [
        (&[CANCELED, FAILED], W::Canceled),
        (&[CANCELED, NOT_RUN], W::Canceled),
        (&[FAILED, Running], W::Running),
        (&[CANCELED, Blocked], W::Running),
        (&[SUCCESS, SUCCESS], W::Success),
    ];
    for (jobs, expected) in cases {
        assert_eq!(status(jobs.iter().copied(), true), expected, "{jobs:?}");
    }
}

proptest! {
    #[test]
    fn the_order_of_jobs_does_not_matter(jobs in proptest::collection::vec(0..JobState::ALL.len(), 0..8)) {
        let states = |jobs: &[usize]| jobs.iter().map(|job| JobState::ALL[*job]).collect::<Vec<_>>();
        let mut sorted = jobs.clone();
        sorted.sort_unstable();
        prop_assert_eq!(status(states(&jobs), false), status(states(&sorted), false));
    }

    #[test]
    fn it_has_ended_when_all_its_jobs_have(jobs in proptest::collection::vec(0..JobState::ALL.len(), 1..8), canceled: bool) {
        let jobs: Vec<_> = jobs.into_iter().map(|job| JobState::ALL[job]).collect();
        let over = jobs.iter().all(|job| job.outcome().is_some());
        prop_assert_eq!(status(jobs, canceled).is_ended(), over);
    }
}
