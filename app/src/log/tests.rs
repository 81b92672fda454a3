//! Logs on a real disk.

use bytes::Bytes;
use model::{
    event::StepKey,
    id::{JobId, TaskId},
    protocol::Epoch,
    time::Timestamp,
};
use store::{Store, StoreOptions};
use tempfile::TempDir;
use uuid::Uuid;

use super::{LogKey, Logs, Mark};

const AT: Timestamp = Timestamp::from_millis(5);

async fn logs() -> (TempDir, Logs, LogKey) {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
    let logs = Logs::open(directory.path(), store.bus().clone()).unwrap();
    let (job, task) = (JobId::from_uuid(Uuid::nil()), TaskId::from_uuid(Uuid::nil()));
    (directory, logs, LogKey { job, task, epoch: Epoch(1), step: StepKey::first(3) })
}

#[tokio::test]
async fn bytes_are_appended_only_where_the_log_ends() {
    let (_directory, logs, key) = logs().await;
    assert_eq!(logs.append(key, 0, Bytes::from_static(b"one "), AT).await.unwrap(), 4);
    assert_eq!(logs.append(key, 0, Bytes::from_static(b"one "), AT).await.unwrap(), 4, "a repeat changes nothing");
    assert_eq!(logs.append(key, 9, Bytes::from_static(b"later"), AT).await.unwrap(), 4, "nor does a gap");
    assert_eq!(logs.append(key, 4, Bytes::from_static(b"two"), AT).await.unwrap(), 7);
    assert_eq!(logs.read(key, 0, 100).await.unwrap(), "one two");
    assert_eq!(logs.read(key, 2, 3).await.unwrap(), "e t");
    assert_eq!(logs.read(key, 7, 100).await.unwrap(), "");
    let marks = logs.marks(key).await.unwrap();
    assert_eq!(marks, [Mark { offset: 0, at: AT }, Mark { offset: 4, at: AT }]);
}

#[tokio::test]
async fn a_log_that_comes_as_a_whole_is_there_once() {
    let (_directory, logs, key) = logs().await;
    let whole = Bytes::from_static(b"one two");
    logs.store_whole(key, whole.clone(), AT).await.unwrap();
    logs.store_whole(key, whole.clone(), AT).await.unwrap();
    assert_eq!(logs.read(key, 0, 100).await.unwrap(), whole);
    let marks = logs.marks(key).await.unwrap();
    assert!(matches!(marks[..], [Mark { offset: 0, at }] if at > AT), "the time of the file: {marks:?}");
    let begun = LogKey { step: StepKey::first(4), ..key };
    logs.append(begun, 0, Bytes::from_static(b"one"), AT).await.unwrap();
    logs.store_whole(begun, whole.clone(), AT).await.unwrap();
    assert_eq!(logs.read(begun, 0, 100).await.unwrap(), whole);
}

#[tokio::test]
async fn many_writers_of_one_offset_leave_one_copy() {
    let (_directory, logs, key) = logs().await;
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let logs = logs.clone();
            tokio::spawn(async move { logs.append(key, 0, Bytes::from_static(b"once"), AT).await.unwrap() })
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.await.unwrap(), 4);
    }
    assert_eq!(logs.len(key).await.unwrap(), 4);
}

#[tokio::test]
async fn a_tail_gets_what_comes_later() {
    let (_directory, logs, key) = logs().await;
    let mut tail = logs.follow(key, 0);
    assert_eq!(tail.available().await.unwrap(), "");
    logs.append(key, 0, Bytes::from_static(b"hello"), AT).await.unwrap();
    tail.changed().await;
    assert_eq!(tail.available().await.unwrap(), "hello");
    assert_eq!(tail.offset(), 5);
}

#[tokio::test]
async fn another_claim_begins_at_nothing() {
    let (_directory, logs, key) = logs().await;
    logs.append(key, 0, Bytes::from_static(b"first"), AT).await.unwrap();
    assert_eq!(logs.len(LogKey { epoch: Epoch(2), ..key }).await.unwrap(), 0);
}

#[tokio::test]
async fn large_appends_are_there_at_once_and_on_the_disk_when_asked() {
    let (_directory, logs, key) = logs().await;
    let large = Bytes::from(vec![b'x'; 1024 * 1024]);
    assert_eq!(logs.append(key, 0, large.clone(), AT).await.unwrap(), 1 << 20);
    assert_eq!(logs.append(key, 1 << 20, large, AT).await.unwrap(), 2 << 20);
    logs.sync(key).await.unwrap();
    logs.sync(key).await.unwrap();
    assert_eq!(logs.append(key, 2 << 20, Bytes::from_static(b"end"), AT).await.unwrap(), (2 << 20) + 3);
    assert_eq!(logs.len(key).await.unwrap(), (2 << 20) + 3);
    logs.sync(LogKey { epoch: Epoch(9), ..key }).await.unwrap();
}
