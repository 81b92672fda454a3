//! Every state and every event, and what follows from a transition.

use std::fmt::Write;

use model::{
    job::{JobEvent, JobState, Outcome},
    plan::JobKind,
    workflow::WorkflowStatus,
};
use store::{Error, job, task, workflow};

use crate::kit::{NOW, TestStore, ada, build, node};

/// The events that bring a blocked job of the fitting kind into a state.
fn way_to(state: JobState) -> Vec<JobEvent> {
    match state {
        JobState::Blocked => vec![],
        JobState::OnHold => vec![JobEvent::Held],
        JobState::Queued => vec![JobEvent::Unblocked],
        JobState::Running => vec![JobEvent::Unblocked, JobEvent::Claimed],
        JobState::Ended(outcome) => vec![JobEvent::Ended(outcome)],
    }
}

#[tokio::test]
async fn the_store_allows_what_the_model_allows() {
    let store = TestStore::new().await;
    let mut events =
        vec![JobEvent::Unblocked, JobEvent::Held, JobEvent::Approved, JobEvent::Claimed, JobEvent::Unclaimed];
    events.extend(Outcome::ALL.map(JobEvent::Ended));
    let mut table = String::new();
    for state in JobState::ALL {
        for event in &events {
            let held = state == JobState::OnHold || (state, *event) == (JobState::Blocked, JobEvent::Held);
            let kind = if held { node("job", JobKind::Approval, &[]) } else { build("job", 1, &[]) };
            let (_, jobs) = store.jobs(vec![kind]).await;
            for step in way_to(state) {
                store.happen(jobs[0], step, Some("because")).await.unwrap();
            }
            let result = store.happen(jobs[0], *event, Some("because")).await;
            let after = match &result {
                Ok(job) => job.state.name(),
                Err(Error::Conflict(_)) => "-",
                Err(error) => panic!("{state:?} {event:?}: {error}"),
            };
            assert_eq!(result.is_ok(), state.on(*event).is_ok(), "{state:?} {event:?}");
            let stored = job::get(store.read(), jobs[0]).await.unwrap().state;
            assert_eq!(stored, state.on(*event).unwrap_or(state));
            writeln!(table, "{:<20} {:<30} {after}", state.name(), format!("{event:?}")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_workflow_follows_its_jobs() {
    let store = TestStore::new().await;
    let nodes = vec![build("build", 1, &[]), build("test", 1, &["build"]), node("hold", JobKind::Approval, &[])];
    let (pipeline, jobs) = store.jobs(nodes).await;
    let status = async || workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap().remove(0);
    assert_eq!(status().await.status, WorkflowStatus::Running);
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    store.happen(jobs[2], JobEvent::Held, None).await.unwrap();
    store.happen(jobs[0], JobEvent::Ended(Outcome::Failed), Some("no")).await.unwrap();
    store.happen(jobs[1], JobEvent::Ended(Outcome::NotRun), Some("no")).await.unwrap();
    assert_eq!(status().await.status, WorkflowStatus::Failing);
    assert_eq!(status().await.ended_at, None);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(job::approve(&mut tx, jobs[2], &ada(), NOW).await.unwrap().approved_by.as_deref(), Some("ada"));
    tx.commit().await.unwrap();
    assert_eq!(status().await.status, WorkflowStatus::Failed);
    assert_eq!(status().await.ended_at, Some(NOW));
}

#[tokio::test]
async fn an_end_makes_the_workflow_due_and_nothing_else_does() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("build", 1, &[]), build("test", 1, &["build"])]).await;
    let id = workflow::next_due(store.read(), NOW).await.unwrap().unwrap();
    let mut tx = store.begin().await.unwrap();
    workflow::clear_due(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    store.happen(jobs[0], JobEvent::Claimed, None).await.unwrap();
    assert_eq!(workflow::next_due(store.read(), NOW).await.unwrap(), None);
    store.happen(jobs[0], JobEvent::Ended(Outcome::Success), None).await.unwrap();
    assert_eq!(workflow::next_due(store.read(), NOW).await.unwrap(), Some(id));
}

#[tokio::test]
async fn a_queued_job_has_one_task_for_each_of_its_parallel_runs() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 3, &[])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let tasks = task::list_by_job(store.read(), jobs[0]).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.node_index).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(task::queue_depths(store.read()).await.unwrap(), [("docker".to_owned(), 3)]);
}
