//! Group commit for webhooks: many callers, one transaction, one fsync.

use std::sync::Arc;

use model::{project::Vcs, time::Timestamp};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use crate::{Bus, Error, Result, Stage, StoreOptions, Tx, delivery::DeliveryId, writer::Writer};

/// The most rows of one commit.
const BATCH: usize = 256;

/// The most callers that wait; further ones wait for a place first.
const WAITING: usize = 1024;

/// A webhook, its signature already verified.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The forge that sent it.
    pub vcs: Vcs,
    /// The forge's own id of the delivery: the same for a repeat.
    pub guid: String,
    /// The forge's name of the event: `push`, `Tag Push Hook`.
    pub event: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is new, and durable now.
    Inserted(DeliveryId),
    /// It was here before, with the same body.
    Repeat(DeliveryId),
    /// Its guid was here before, with another body. Nothing was changed.
    Conflict(DeliveryId),
}

struct Entry {
    delivery: NewDelivery,
    sha256: [u8; 32],
    answer: oneshot::Sender<Result<Stored>>,
}

/// Stores webhooks. Clones share it.
#[derive(Clone, Debug)]
pub struct Inbox(mpsc::Sender<Entry>);

impl Inbox {
    pub(crate) fn start(writer: Writer, bus: Bus, options: Arc<StoreOptions>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(commit_batches(receiver, writer, bus, options));
        Self(sender)
    }

    /// Stores a webhook and wakes [`Stage::Trigger`]. When this returns, the row is on the disk.
    ///
    /// # Errors
    /// Fails when the row cannot be stored, for example because the disk is full: then answer 503, and the forge will
    /// send it again.
    pub async fn insert(&self, delivery: NewDelivery) -> Result<Stored> {
        let sha256 = Sha256::digest(&delivery.body).into();
        let (answer, stored) = oneshot::channel();
        let closed = || Error::Db(sqlx::Error::PoolClosed);
        self.0.send(Entry { delivery, sha256, answer }).await.map_err(|_| closed())?;
        stored.await.map_err(|_| closed())?
    }
}

/// Ends when the last inbox is dropped.
async fn commit_batches(mut entries: mpsc::Receiver<Entry>, writer: Writer, bus: Bus, options: Arc<StoreOptions>) {
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(first) = entries.recv().await {
        batch.push(first);
        // While this waits for the writer, others line up and join the same commit.
        let tx = Tx::begin(&writer, &bus, &options).await;
        while batch.len() < BATCH
            && let Ok(next) = entries.try_recv()
        {
            batch.push(next);
        }
        let stored = match tx {
            Ok(tx) => store(tx, &batch).await,
            Err(error) => Err(error),
        };
        match stored {
            Ok(stored) => {
                for (entry, stored) in batch.drain(..).zip(stored) {
                    // A caller that has gone away changes nothing: the row stays.
                    let _ = entry.answer.send(Ok(stored));
                }
            }
            Err(error) => {
                let message = error.to_string();
                for entry in batch.drain(..) {
                    let _ = entry.answer.send(Err(Error::Db(sqlx::Error::Protocol(message.clone()))));
                }
            }
        }
    }
}

/// All or none: an error (a full disk) may have undone the rows before it as well.
async fn store(mut tx: Tx, batch: &[Entry]) -> Result<Vec<Stored>> {
    let mut stored = Vec::with_capacity(batch.len());
    for Entry { delivery, sha256, answer: _ } in batch {
        stored.push(insert(tx.db(), delivery, sha256).await?);
    }
    tx.wake(Stage::Trigger);
    tx.commit().await?;
    Ok(stored)
}

async fn insert(db: &mut SqliteConnection, delivery: &NewDelivery, sha256: &[u8; 32]) -> Result<Stored> {
    let NewDelivery { vcs, guid, event, body, received_at } = delivery;
    let (vcs, received_at, hash) = (vcs.long(), received_at.millis(), sha256.as_slice());
    let inserted = sqlx::query_scalar!(
        r#"INSERT INTO delivery (vcs, guid, event, body_sha256, body, received_at, next_try_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT (vcs, guid) DO NOTHING RETURNING id AS "id!: i64""#,
        vcs,
        guid,
        event,
        hash,
        body,
        received_at,
    )
    .fetch_optional(&mut *db)
    .await?;
    if let Some(id) = inserted {
        return Ok(Stored::Inserted(DeliveryId(id)));
    }
    let before = sqlx::query!("SELECT id, body_sha256 FROM delivery WHERE vcs = ?1 AND guid = ?2", vcs, guid)
        .fetch_one(db)
        .await?;
    let id = DeliveryId(before.id);
    Ok(if before.body_sha256 == hash { Stored::Repeat(id) } else { Stored::Conflict(id) })
}
