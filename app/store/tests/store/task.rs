//! Tasks end, and with the last of them their job.

use model::{
    event::{StepKey, StepResult},
    job::{JobEvent, JobState, Outcome},
};
use store::{Error, job, step, task};
use uuid::Uuid;

use crate::kit::{NOW, TestStore, build};

#[tokio::test]
async fn a_job_ends_with_its_last_task_and_as_its_worst() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 2, &[])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let runner = store.runner("anna").await;
    let one = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    let two = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    let mut tx = store.begin().await.unwrap();
    task::end(&mut tx, two.id, Outcome::Failed, Some("step `test` exited with code 1"), NOW).await.unwrap();
    assert_eq!(job::get(tx.db(), jobs[0]).await.unwrap().state, JobState::Running);
    task::end(&mut tx, one.id, Outcome::Success, None, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let job = job::get(store.read(), jobs[0]).await.unwrap();
    assert_eq!(job.state, JobState::Ended(Outcome::Failed));
    assert_eq!(job.reason.as_deref(), Some("task 2 of 2: step `test` exited with code 1"));
    let mut tx = store.begin().await.unwrap();
    let again = task::end(&mut tx, one.id, Outcome::Failed, None, NOW).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "an end is final");
}

#[tokio::test]
async fn steps_that_run_end_with_their_task() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 1, &[])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let runner = store.runner("anna").await;
    let claimed = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    let begun = step::Step {
        task_id: claimed.id,
        key: StepKey::first(1),
        name: "test".to_owned(),
        command: "true".to_owned(),
        background: false,
        result: None,
        started_at: NOW,
        ended_at: None,
    };
    let mut tx = store.begin().await.unwrap();
    step::start(&mut tx, &begun).await.unwrap();
    assert!(matches!(step::start(&mut tx, &begun).await, Err(Error::Conflict(_))));
    task::end(&mut tx, claimed.id, Outcome::Canceled, None, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let steps = step::list_by_task(store.read(), claimed.id).await.unwrap();
    assert_eq!(steps[0].result, Some(StepResult::Canceled));
}
