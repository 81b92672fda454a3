//! The one writer's transaction.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use model::{id::WorkflowId, time::Timestamp};
use sqlx::SqliteConnection;

use crate::{
    Bus, Error, Result, Stage, StoreOptions, Topic,
    job::Place,
    workflow,
    writer::{Turn, Writer},
};

/// A transaction that holds the only right to write, from `BEGIN IMMEDIATE` to the commit. Dropped, it changes nothing.
///
/// Keep it short, and await nothing but the store while you hold it: everyone else who wants to write waits.
#[derive(Debug)]
pub struct Tx {
    turn: Turn,
    bus: Bus,
    options: Arc<StoreOptions>,
    wakes: BTreeSet<Stage>,
    topics: BTreeSet<Topic>,
    /// Workflows whose jobs have changed, and when.
    folds: BTreeMap<WorkflowId, Timestamp>,
    places: HashMap<WorkflowId, Place>,
}

impl Tx {
    pub(crate) async fn begin(writer: &Writer, bus: &Bus, options: &Arc<StoreOptions>) -> Result<Self> {
        Ok(Self {
            turn: writer.turn().await?,
            bus: bus.clone(),
            options: Arc::clone(options),
            wakes: BTreeSet::new(),
            topics: BTreeSet::new(),
            folds: BTreeMap::new(),
            places: HashMap::new(),
        })
    }

    /// For reads inside the transaction: `job::get(tx.db(), id)`.
    pub fn db(&mut self) -> &mut SqliteConnection {
        self.turn.db()
    }

    /// Wakes a stage, once the transaction is committed.
    pub fn wake(&mut self, stage: Stage) {
        self.wakes.insert(stage);
    }

    /// Tells readers of a change, once the transaction is committed.
    pub fn changed(&mut self, topic: Topic) {
        self.topics.insert(topic);
    }

    /// A job of this workflow has changed: its status is folded anew at the commit, once for all changes.
    pub(crate) fn fold(&mut self, workflow: WorkflowId, now: Timestamp) {
        self.folds.insert(workflow, now);
    }

    /// Where commit statuses of workflows belong, as far as this transaction has read it.
    pub(crate) fn places(&mut self) -> &mut HashMap<WorkflowId, Place> {
        &mut self.places
    }

    /// Makes the changes durable, then sends the wake-ups and the news. Others who wait to write may share the way to the
    /// disk. Once begun it goes on to its end, also when the caller is gone.
    pub async fn commit(mut self) -> Result<()> {
        let commit = tokio::spawn(async move {
            for (id, now) in std::mem::take(&mut self.folds) {
                workflow::refold(&mut self, id, now).await?;
            }
            let Self { turn, bus, options: _, wakes, topics, folds: _, places: _ } = self;
            turn.commit().await?;
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
