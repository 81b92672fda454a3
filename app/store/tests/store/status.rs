//! The outbox of commit statuses.

use model::job::{JobEvent, Outcome};
use store::status::{self, StatusState, StatusTarget};

use crate::kit::{NOW, TestStore, build};

async fn take(store: &TestStore) -> Option<StatusTarget> {
    let mut tx = store.begin().await.unwrap();
    let target = status::take_due(&mut tx, NOW, NOW.plus_millis(30_000)).await.unwrap();
    tx.commit().await.unwrap();
    target
}

#[tokio::test]
async fn a_job_tells_of_itself_and_only_the_last_word_is_sent() {
    let store = TestStore::new().await;
    let (pipeline, jobs) = store.jobs(vec![build("test", 1, &[])]).await;
    assert_eq!(take(&store).await, None, "a blocked job says nothing");
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let first = take(&store).await.unwrap();
    assert_eq!(first.desired.state, StatusState::Pending);
    assert_eq!(first.desired.description, "Waits for a runner");
    assert_eq!(first.desired.context, "ci/roundhouse: test");
    let job = store::job::get(store.read(), jobs[0]).await.unwrap();
    assert_eq!(
        first.desired.target_url,
        format!(
            "http://127.0.0.1:8000/pipelines/github/acme/app1/{}/workflows/{}/jobs/{}",
            pipeline.number, job.workflow_id, job.number
        )
    );
    store.happen(jobs[0], JobEvent::Claimed, None).await.unwrap();
    store.happen(jobs[0], JobEvent::Ended(Outcome::Failed), Some("step `test` exited with code 1")).await.unwrap();
    assert_eq!(take(&store).await, None, "one request at a time");
    let mut tx = store.begin().await.unwrap();
    status::sent(&mut tx, &first).await.unwrap();
    tx.commit().await.unwrap();
    let last = take(&store).await.unwrap();
    assert_eq!(last.desired.state, StatusState::Failure);
    assert_eq!(last.desired.description, "Failed: step `test` exited with code 1");
    assert_eq!(last.seq, 3);
    let mut tx = store.begin().await.unwrap();
    status::sent(&mut tx, &last).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(status::next_due_at(store.read()).await.unwrap(), None);
    assert_eq!(status::count_waiting(store.read()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_failed_sending_waits_and_a_dropped_wish_is_not_repeated() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 1, &[])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let target = take(&store).await.unwrap();
    let later = NOW.plus_millis(5_000);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(status::failed(&mut tx, &target, "502", later).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(take(&store).await, None);
    assert_eq!(status::next_due_at(store.read()).await.unwrap(), Some(later));
    let mut tx = store.begin().await.unwrap();
    let again = status::take_due(&mut tx, later, later.plus_millis(1)).await.unwrap().unwrap();
    assert_eq!((again.tries, again.last_error.as_deref()), (1, Some("502")));
    status::give_up(&mut tx, &again, "404").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(status::count_waiting(store.read()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_job_that_did_not_run_says_nothing() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 1, &[])]).await;
    store.happen(jobs[0], JobEvent::Ended(Outcome::NotRun), Some("no")).await.unwrap();
    assert_eq!(status::count_waiting(store.read()).await.unwrap(), 0);
}
