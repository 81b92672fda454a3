//! Webhooks.

use std::sync::Arc;

use model::project::Vcs;
use store::{
    delivery::{self, DeliveryId, DeliveryState},
    inbox::{NewDelivery, Stored},
};

use crate::kit::{NOW, TestStore};

fn push(guid: &str, body: &str) -> NewDelivery {
    NewDelivery {
        vcs: Vcs::GitHub,
        guid: guid.to_owned(),
        event: "push".to_owned(),
        body: body.as_bytes().to_vec(),
        received_at: NOW,
    }
}

#[tokio::test]
async fn a_repeat_is_recognised_and_another_body_is_a_conflict() {
    let store = TestStore::new().await;
    assert_eq!(store.inbox().insert(push("a", "1")).await.unwrap(), Stored::Inserted(DeliveryId(1)));
    assert_eq!(store.inbox().insert(push("a", "1")).await.unwrap(), Stored::Repeat(DeliveryId(1)));
    assert_eq!(store.inbox().insert(push("a", "2")).await.unwrap(), Stored::Conflict(DeliveryId(1)));
    let elsewhere = NewDelivery { vcs: Vcs::GitLab, ..push("a", "2") };
    assert!(matches!(store.inbox().insert(elsewhere).await.unwrap(), Stored::Inserted(_)));
    assert_eq!(delivery::get(store.read(), DeliveryId(1)).await.unwrap().body, b"1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_all_stored() {
    let store = Arc::new(TestStore::new().await);
    let senders: Vec<_> = (0..64)
        .map(|sender| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..20 {
                    let stored = store.inbox().insert(push(&format!("{sender}-{number}"), "{}")).await.unwrap();
                    assert!(matches!(stored, Stored::Inserted(_)));
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let mut taken = 0;
    while let Some(delivery) = delivery::next_due(store.read(), NOW).await.unwrap() {
        let mut tx = store.begin().await.unwrap();
        delivery::finish(&mut tx, delivery.id).await.unwrap();
        tx.commit().await.unwrap();
        taken += 1;
    }
    assert_eq!(taken, 64 * 20);
}

#[tokio::test]
async fn a_delivery_that_always_fails_is_set_aside() {
    let store = TestStore::new().await;
    store.inbox().insert(push("a", "1")).await.unwrap();
    let mut states = Vec::new();
    while let Some(due) = delivery::next_due(store.read(), NOW).await.unwrap() {
        let mut tx = store.begin().await.unwrap();
        states.push(delivery::fail(&mut tx, due.id, "the forge is away", NOW).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(states.len(), 5);
    assert_eq!(states.last(), Some(&DeliveryState::Dead));
    assert_eq!(delivery::next_due_at(store.read()).await.unwrap(), None);
}
