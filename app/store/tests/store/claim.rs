//! Runners take tasks.

use std::{collections::BTreeSet, sync::Arc};

use model::{
    job::{JobEvent, JobState, Outcome},
    protocol::Epoch,
};
use store::{Error, job, task};
use uuid::Uuid;

use crate::kit::{NOW, TestStore, build};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_runners_never_get_the_same_of_fifty_jobs() {
    let store = Arc::new(TestStore::new().await);
    let (_, jobs) = store.jobs((0..50).map(|number| build(&format!("job{number}"), 1, &[])).collect()).await;
    for job in &jobs {
        store.happen(*job, JobEvent::Unblocked, None).await.unwrap();
    }
    let runners: Vec<_> = (0..20)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let runner = store.runner(&format!("runner {number}")).await;
                let mut mine = Vec::new();
                while let Some(task) = store.claim(runner, Uuid::now_v7()).await.unwrap() {
                    mine.push(task.id);
                    tokio::task::yield_now().await;
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for runner in runners {
        all.extend(runner.await.unwrap());
    }
    assert_eq!(all.len(), 50);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 50);
}

#[tokio::test]
async fn the_oldest_goes_first_and_a_repeated_claim_brings_the_same() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("one", 1, &[]), build("two", 1, &[])]).await;
    let runner = store.runner("anna").await;
    let other = store.runner("bert").await;
    assert_eq!(store.claim(runner, Uuid::now_v7()).await.unwrap(), None);
    store.happen(jobs[1], JobEvent::Unblocked, None).await.unwrap();
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let claim = Uuid::now_v7();
    let first = store.claim(runner, claim).await.unwrap().unwrap();
    assert_eq!((first.job_id, first.epoch), (jobs[1], Epoch(1)));
    let again = store.claim(runner, claim).await.unwrap().unwrap();
    assert_eq!((again.id, again.epoch), (first.id, Epoch(1)));
    assert!(matches!(store.claim(other, claim).await, Err(Error::Conflict(_))));
    assert_eq!(job::get(store.read(), jobs[0]).await.unwrap().state, JobState::Queued);
}

#[tokio::test]
async fn a_task_that_is_given_back_is_the_next_and_has_a_new_epoch() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("one", 1, &[]), build("two", 1, &[])]).await;
    for job in &jobs {
        store.happen(*job, JobEvent::Unblocked, None).await.unwrap();
    }
    let runner = store.runner("anna").await;
    let first = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(task::unclaim(&mut tx, first.id, NOW).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(job::get(store.read(), jobs[0]).await.unwrap().state, JobState::Queued);
    let again = store.claim(runner, Uuid::now_v7()).await.unwrap().unwrap();
    assert_eq!((again.id, again.epoch, again.unclaimed_count), (first.id, Epoch(2), 1));
    let mut tx = store.begin().await.unwrap();
    task::advance(&mut tx, again.id, 4, true).await.unwrap();
    assert!(matches!(task::unclaim(&mut tx, again.id, NOW).await, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_task_that_is_put_off_waits_and_is_not_counted() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("one", 1, &[])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let (runner, claim) = (store.runner("anna").await, Uuid::now_v7());
    let first = store.claim(runner, claim).await.unwrap().unwrap();
    let mut tx = store.begin().await.unwrap();
    task::postpone(&mut tx, first.id, NOW.plus_millis(1), "no code", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.claim(runner, claim).await.unwrap(), None);
    assert_eq!(task::get(store.read(), first.id).await.unwrap().unclaimed_count, 0);
}

#[tokio::test]
async fn a_claim_id_whose_task_is_over_brings_the_next() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("one", 1, &[]), build("two", 1, &[])]).await;
    for job in &jobs {
        store.happen(*job, JobEvent::Unblocked, None).await.unwrap();
    }
    let (runner, claim) = (store.runner("anna").await, Uuid::now_v7());
    let first = store.claim(runner, claim).await.unwrap().unwrap();
    let mut tx = store.begin().await.unwrap();
    task::end(&mut tx, first.id, Outcome::Canceled, None, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.claim(runner, claim).await.unwrap().unwrap().job_id, jobs[1]);
}
