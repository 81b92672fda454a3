//! Cancelling.

use model::{
    job::{JobEvent, JobState, Outcome},
    workflow::WorkflowStatus,
};
use store::{job, task, workflow};
use uuid::Uuid;

use crate::kit::{NOW, TestStore, build};

#[tokio::test]
async fn what_waits_is_over_at_once_and_what_runs_is_asked_to_stop() {
    let store = TestStore::new().await;
    let (pipeline, jobs) =
        store.jobs(vec![build("run", 2, &[]), build("wait", 1, &[]), build("later", 1, &["run"])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    store.happen(jobs[1], JobEvent::Unblocked, None).await.unwrap();
    let runner = store.runner("anna").await;
    let running = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    let workflow = workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap().remove(0);
    let mut tx = store.begin().await.unwrap();
    workflow::cancel(&mut tx, workflow.id, "ada canceled the workflow", NOW).await.unwrap();
    tx.commit().await.unwrap();
    let states: Vec<_> =
        job::list_by_workflow(store.read(), workflow.id).await.unwrap().into_iter().map(|job| job.state).collect();
    let canceled = JobState::Ended(Outcome::Canceled);
    assert_eq!(states, [JobState::Running, canceled, canceled]);
    assert!(task::get(store.read(), running.id).await.unwrap().cancel_requested);
    assert_eq!(task::count_queued(store.read()).await.unwrap(), 0);
    let mut tx = store.begin().await.unwrap();
    task::end(&mut tx, running.id, Outcome::Canceled, Some("canceled"), NOW).await.unwrap();
    tx.commit().await.unwrap();
    let job = job::get(store.read(), jobs[0]).await.unwrap();
    assert_eq!(job.state, canceled);
    assert_eq!(job.reason.as_deref(), Some("task 1 of 2: ada canceled the workflow"));
    assert_eq!(workflow::get(store.read(), workflow.id).await.unwrap().status, WorkflowStatus::Canceled);
}
