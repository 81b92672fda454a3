//! The one writer's transaction.

use std::{collections::BTreeSet, sync::Arc};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::{Bus, Error, Result, Stage, StoreOptions, Topic};

/// A transaction that holds the only right to write, from `BEGIN IMMEDIATE` to the commit. Dropped, it changes nothing.
///
/// Keep it short, and await nothing but the store while you hold it: everyone else who wants to write waits.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Sqlite>,
    bus: Bus,
    options: Arc<StoreOptions>,
    wakes: BTreeSet<Stage>,
    topics: BTreeSet<Topic>,
}

impl Tx {
    pub(crate) async fn begin(write: &SqlitePool, bus: &Bus, options: &Arc<StoreOptions>) -> Result<Self> {
        Ok(Self {
            transaction: write.begin_with("BEGIN IMMEDIATE").await?,
            bus: bus.clone(),
            options: Arc::clone(options),
            wakes: BTreeSet::new(),
            topics: BTreeSet::new(),
        })
    }

    /// For reads inside the transaction: `job::get(tx.db(), id)`.
    pub fn db(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Wakes a stage, once the transaction is committed.
    pub fn wake(&mut self, stage: Stage) {
        self.wakes.insert(stage);
    }

    /// Tells readers of a change, once the transaction is committed.
    pub fn changed(&mut self, topic: Topic) {
        self.topics.insert(topic);
    }

    /// Makes the changes durable, then sends the wake-ups and the news. Once begun it goes on to its end, also when the
    /// caller is gone.
    pub async fn commit(self) -> Result<()> {
        let Self { transaction, bus, options: _, wakes, topics } = self;
        let commit = tokio::spawn(async move {
            transaction.commit().await?;
            for stage in wakes {
                bus.wake(stage);
            }
            for topic in topics {
                bus.changed(topic);
            }
            Ok(())
        });
        // Only the end of the whole runtime stops it.
        commit.await.unwrap_or(Err(Error::Db(sqlx::Error::WorkerCrashed)))
    }

    pub(crate) fn options(&self) -> Arc<StoreOptions> {
        Arc::clone(&self.options)
    }
}
