//! Opening, pools, wake-ups.

use std::sync::Arc;

use model::{job::JobEvent, job::Outcome};
use store::{Stage, Store, StoreOptions, Topic, project};

use crate::kit::{TestStore, build};

#[tokio::test]
async fn the_read_pool_cannot_write() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let refused = sqlx::query("UPDATE project SET private = 1").execute(store.read()).await.unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
    assert!(!project::get(store.read(), project.id).await.unwrap().private);
}

#[tokio::test]
async fn every_connection_has_the_settings_that_keep_the_promises() {
    let store = TestStore::new().await;
    let mut tx = store.begin().await.unwrap();
    for (pragma, value) in [("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 10_000)] {
        let sql = sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"));
        let found: i64 = sqlx::query_scalar(sql).fetch_one(tx.db()).await.unwrap();
        assert_eq!(found, value, "{pragma}");
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(tx.db()).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn rows_are_there_after_opening_again() {
    let TestStore { directory, .. } = {
        let store = TestStore::new().await;
        store.project().await;
        store.close().await;
        store
    };
    let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
    assert_eq!(project::list(store.read()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_dropped_transaction_changes_nothing_and_wakes_nobody() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("test", 1, &[])]).await;
    let mut topics = store.bus().topics();
    let mut wakes = store.bus().wakes(Stage::Dispatch);
    let mut tx = store.begin().await.unwrap();
    store::job::transition(&mut tx, jobs[0], JobEvent::Unblocked, None, crate::kit::NOW).await.unwrap();
    drop(tx);
    // The next writer gets in, and is the first whom anybody hears of.
    store.happen(jobs[0], JobEvent::Ended(Outcome::Canceled), Some("a person canceled it")).await.unwrap();
    store.bus().changed(Topic::Log(jobs[0]));
    let mut seen = Vec::new();
    loop {
        match topics.next().await.unwrap() {
            store::bus::Change::Topic(Topic::Log(_)) => break,
            change => seen.push(change),
        }
    }
    assert_eq!(seen.len(), 3, "project, pipeline and job, once: {seen:?}");
    store.bus().wake(Stage::Dispatch);
    wakes.notified().await;
}

#[tokio::test]
async fn a_wake_up_before_the_wait_is_not_lost_and_reaches_everyone() {
    let store = TestStore::new().await;
    let (mut one, mut other) = (store.bus().wakes(Stage::Compile), store.bus().wakes(Stage::Compile));
    let project = store.project().await;
    store.pipeline(&project).await;
    one.notified().await;
    other.notified().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_wait_for_one_another() {
    let store = Arc::new(TestStore::new().await);
    let project = store.project().await;
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let (store, project) = (Arc::clone(&store), project.clone());
            tokio::spawn(async move { store.pipeline(&project).await.number })
        })
        .collect();
    let mut numbers = Vec::new();
    for writer in writers {
        numbers.push(writer.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_transaction_that_sqlite_has_undone_does_not_stop_the_writer() {
    let store = TestStore::new().await;
    for _ in 0..3 {
        // As it does when the disk is full.
        let mut tx = store.begin().await.unwrap();
        sqlx::query("ROLLBACK").execute(tx.db()).await.unwrap();
        tx.commit().await.unwrap_err();
        let mut tx = store.begin().await.unwrap();
        sqlx::query("ROLLBACK").execute(tx.db()).await.unwrap();
        drop(tx);
    }
    store.begin().await.unwrap().commit().await.unwrap();
}
