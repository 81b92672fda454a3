//! Looks at one due workflow at a time.

use std::collections::HashMap;

use anyhow::Context;
use futures_util::future::BoxFuture;
use model::{
    id::{JobId, WorkflowId},
    job::{JobEvent, Outcome},
    time::Timestamp,
};
use store::{
    Stage, Store, Tx,
    job::{self, Job},
    serial_group, workflow,
};
use tracing::{debug, info};

use super::{
    Decided, Decision, decide,
    load::{Loaded, group_key, load, unit},
};
use crate::{
    clock::Clock,
    worker::{Progress, Worker},
};

/// How long a workflow waits on which the scheduler has failed, in milliseconds.
const PAUSE_MS: i64 = 10_000;

/// How long a job may wait for its serial group where nothing else is set, in milliseconds: five hours, as at CircleCI.
pub const SERIAL_GROUP_TIMEOUT_MS: i64 = 5 * 3_600_000;

/// The scheduler.
#[derive(Debug)]
pub struct SchedulerWorker {
    store: Store,
    clock: Clock,
    serial_group_timeout_ms: i64,
}

impl SchedulerWorker {
    /// A scheduler for this store. Jobs wait so many milliseconds for their serial groups.
    pub fn new(store: Store, clock: Clock, serial_group_timeout_ms: i64) -> Self {
        Self { store, clock, serial_group_timeout_ms }
    }

    async fn look(&self, id: WorkflowId) -> store::Result<()> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let loaded = load(&mut tx, id, self.serial_group_timeout_ms, now).await?;
        let Decided { decisions, look_again_at } = decide(&loaded.graph, now);
        let (last, first): (Vec<_>, Vec<_>) =
            decisions.into_iter().partition(|decision| matches!(decision, Decision::Unlock(_) | Decision::Rerun));
        apply(&mut tx, &loaded, first, now).await?;
        // What these decisions have caused is decided already.
        workflow::clear_due(&mut tx, id).await?;
        if let Some(at) = look_again_at {
            workflow::look_again_at(&mut tx, id, at).await?;
        }
        // A lock that is free again concerns others, and another job of this workflow perhaps.
        apply(&mut tx, &loaded, last, now).await?;
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

/// Writes what was decided, in its order. A job has one change of state at most.
async fn apply(tx: &mut Tx, loaded: &Loaded, decisions: Vec<Decision>, now: Timestamp) -> store::Result<()> {
    let Loaded { workflow, pipeline, jobs, graph: _ } = loaded;
    let by_id: HashMap<JobId, &Job> = jobs.iter().map(|job| (job.id, job)).collect();
    // Many may begin to wait together: they are written together, before whatever was decided after them.
    let (mut queued, mut waits) = (Vec::new(), Vec::new());
    for decision in decisions {
        let (id, event, reason) = match decision {
            Decision::Queue(id) => {
                queued.extend(by_id.get(&id).map(|job| (*job).clone()));
                continue;
            }
            Decision::Hold(id) => (id, JobEvent::Held, None),
            Decision::Succeed(id) => (id, JobEvent::Ended(Outcome::Success), None),
            Decision::NotRun { job, reason } => (job, JobEvent::Ended(Outcome::NotRun), Some(reason)),
            Decision::Cancel { job, reason } => (job, JobEvent::Ended(Outcome::Canceled), Some(reason)),
            Decision::Follow(id, outcome) => {
                if let Some(job) = by_id.get(&id) {
                    job::queue_all(tx, std::mem::take(&mut queued), now).await?;
                    job::end_with_origin(tx, (*job).clone(), outcome, now).await?;
                }
                continue;
            }
            Decision::Wait { job, reason } => {
                waits.push((job, reason));
                continue;
            }
            Decision::Join(id) => {
                if let Some(job) = by_id.get(&id)
                    && let Some(key) = job.serial_group.clone()
                {
                    serial_group::join(tx, pipeline, job, &group_key(pipeline, key), unit(job), now).await?;
                }
                continue;
            }
            Decision::Lock(id) => {
                serial_group::hold(tx, id, now).await?;
                continue;
            }
            Decision::Unlock(id) => {
                serial_group::leave(tx, id, now).await?;
                continue;
            }
            Decision::Rerun => {
                let again = workflow::rerun_automatically(tx, workflow.id, now).await?;
                info!(workflow.id = %again, "The workflow `{}` failed and is rerun by itself", workflow.name);
                continue;
            }
        };
        let Some(job) = by_id.get(&id) else { continue };
        job::queue_all(tx, std::mem::take(&mut queued), now).await?;
        let job = job::advance(tx, (*job).clone(), event, reason.as_deref(), now).await?;
        debug!(job.id = %job.id, "Job {} `{}` is {} now", job.number, job.name, job.state.name());
    }
    job::queue_all(tx, queued, now).await?;
    job::set_waits_for(tx, &waits).await?;
    if !waits.is_empty() {
        tx.changed(store::Topic::Pipeline(pipeline.id));
    }
    Ok(())
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
