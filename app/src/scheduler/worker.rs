//! Looks at one due workflow at a time.

use anyhow::Context;
use futures_util::future::BoxFuture;
use model::{
    id::WorkflowId,
    job::{JobEvent, Outcome},
};
use store::{Stage, Store, job, workflow};
use tracing::debug;

use super::{Decision, Graph, decide};
use crate::{
    clock::Clock,
    worker::{Progress, Worker},
};

/// How long a workflow waits on which the scheduler has failed, in milliseconds.
const PAUSE_MS: i64 = 10_000;

/// The scheduler.
#[derive(Debug)]
pub struct SchedulerWorker {
    store: Store,
    clock: Clock,
}

impl SchedulerWorker {
    /// A scheduler for this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn look(&self, id: WorkflowId) -> store::Result<()> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let graph = Graph::of(job::list_by_workflow(tx.db(), id).await?);
        for decision in decide(&graph) {
            let (job, event, reason) = match decision {
                Decision::Queue(job) => (job, JobEvent::Unblocked, None),
                Decision::Hold(job) => (job, JobEvent::Held, None),
                Decision::Succeed(job) => (job, JobEvent::Ended(Outcome::Success), None),
                Decision::NotRun { job, reason } => (job, JobEvent::Ended(Outcome::NotRun), Some(reason)),
            };
            let job = job::transition(&mut tx, job, event, reason.as_deref(), now).await?;
            debug!(job.id = %job.id, "Job {} `{}` is {} now", job.number, job.name, job.state.name());
        }
        // What these decisions have caused is decided already.
        workflow::clear_due(&mut tx, id).await?;
        tx.commit().await
    }

    async fn step(&self) -> anyhow::Result<Progress> {
        let now = self.clock.now();
        let Some(id) = workflow::next_due(self.store.read(), now).await? else {
            return Ok(Progress::Idle { until: workflow::next_due_at(self.store.read()).await? });
        };
        if let Err(error) = self.look(id).await {
            // One bad workflow never stops the others.
            let mut tx = self.store.begin().await?;
            workflow::defer(&mut tx, id, now.plus_millis(PAUSE_MS)).await?;
            tx.commit().await?;
            return Err(error).with_context(|| format!("failed to schedule workflow `{id}`"));
        }
        Ok(Progress::Worked)
    }
}

impl Worker for SchedulerWorker {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    fn stage(&self) -> Stage {
        Stage::Scheduler
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        Box::pin(self.step())
    }
}
