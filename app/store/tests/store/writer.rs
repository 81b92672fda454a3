//! Turns to write: who shares a commit, and what becomes of the others when one of them fails.

use std::{sync::Arc, task::Poll};

use store::{Error, Store, StoreOptions, Tx, runner};
use tokio::task::{JoinHandle, yield_now};

use crate::kit::{NOW, TestStore};

/// A store with a transaction that has handed its place to the next: it is written, and waits for the commit that both share.
struct Shared {
    store: Arc<TestStore>,
    first: JoinHandle<store::Result<()>>,
    second: Tx,
}

async fn write(tx: &mut Tx, label: &str) {
    runner::put_token(tx, label, &hash(label), NOW).await.unwrap();
}

fn hash(label: &str) -> [u8; 32] {
    [label.as_bytes()[0]; 32]
}

async fn has(store: &TestStore, label: &str) -> bool {
    runner::find_token(store.read(), &hash(label)).await.unwrap().is_some()
}

impl Shared {
    async fn new() -> Self {
        let store = Arc::new(TestStore::new().await);
        let mut first = store.begin().await.unwrap();
        write(&mut first, "first").await;
        let second = tokio::spawn({
            let store = Arc::clone(&store);
            async move { store.begin().await }
        });
        // On one thread: the other task has asked for its turn when this goes on.
        yield_now().await;
        let first = tokio::spawn(first.commit());
        let second = second.await.unwrap().unwrap();
        assert!(!first.is_finished(), "it waits for the second");
        assert!(!has(&store, "first").await, "nothing is on the disk yet");
        Self { store, first, second }
    }
}

#[tokio::test]
async fn who_waits_shares_the_commit_of_who_writes() {
    let Shared { store, first, mut second } = Shared::new().await;
    write(&mut second, "second").await;
    second.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert!(has(&store, "first").await && has(&store, "second").await);
}

#[tokio::test]
async fn an_undone_turn_takes_nobody_along() {
    let Shared { store, first, mut second } = Shared::new().await;
    write(&mut second, "second").await;
    drop(second);
    first.await.unwrap().unwrap();
    assert!(has(&store, "first").await && !has(&store, "second").await);
    let mut third = store.begin().await.unwrap();
    write(&mut third, "third").await;
    third.commit().await.unwrap();
    assert!(has(&store, "third").await);
}

#[tokio::test]
async fn all_who_share_a_commit_learn_that_it_failed() {
    let Shared { store, first, second } = Shared::new().await;
    let mut second = second;
    write(&mut second, "second").await;
    // As SQLite does when the disk is full.
    sqlx::query("ROLLBACK").execute(second.db()).await.unwrap();
    assert!(matches!(second.commit().await, Err(Error::Db(_))));
    assert!(matches!(first.await.unwrap(), Err(Error::Db(_))));
    assert!(!has(&store, "first").await && !has(&store, "second").await);
    let mut third = store.begin().await.unwrap();
    write(&mut third, "third").await;
    third.commit().await.unwrap();
    assert!(has(&store, "third").await);
}

#[tokio::test]
async fn a_turn_that_sqlite_undid_and_nobody_ended_is_told_to_those_who_share_it() {
    let Shared { store, first, mut second } = Shared::new().await;
    sqlx::query("ROLLBACK").execute(second.db()).await.unwrap();
    drop(second);
    assert!(matches!(first.await.unwrap(), Err(Error::Db(_))));
    store.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn who_gives_up_waiting_keeps_nobody_from_the_disk() {
    let store = Arc::new(TestStore::new().await);
    let mut first = store.begin().await.unwrap();
    write(&mut first, "first").await;
    let second = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.begin().await.map(drop) }
    });
    yield_now().await;
    let first = tokio::spawn(first.commit());
    second.abort();
    first.await.unwrap().unwrap();
    assert!(has(&store, "first").await);
}

#[tokio::test]
async fn closing_ends_what_is_shared() {
    let Shared { store, first, second } = Shared::new().await;
    drop(second);
    store.close().await;
    first.await.unwrap().unwrap();
    store.begin().await.unwrap_err();
    let again = Store::open(store.directory.path(), StoreOptions::default()).await.unwrap();
    assert!(runner::find_token(again.read(), &hash("first")).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_those_are_there_that_were_committed() {
    let store = Arc::new(TestStore::new().await);
    let writers: Vec<_> = (0..60_u8)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let label = format!("runner {number}");
                runner::put_token(&mut tx, &label, &[number; 32], NOW).await.unwrap();
                match number % 3 {
                    0 => drop(tx),
                    1 => tx.commit().await.unwrap(),
                    _ => {
                        // The caller goes away; a commit that has begun goes on.
                        let mut commit = std::pin::pin!(tx.commit());
                        assert!(std::future::poll_fn(|cx| Poll::Ready(commit.as_mut().poll(cx).is_pending())).await);
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    // Everyone has had a turn before this one.
    store.begin().await.unwrap().commit().await.unwrap();
    for number in 0..60_u8 {
        let found = runner::find_token(store.read(), &[number; 32]).await.unwrap().is_some();
        assert_eq!(found, number % 3 != 0, "{number}");
    }
}
