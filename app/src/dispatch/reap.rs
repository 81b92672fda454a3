//! Noticing lost runners.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use anyhow::Context;
use futures_util::future::BoxFuture;
use model::{job::Outcome, time::Timestamp};
use store::{
    Stage, Store, runner,
    task::{self, Task, TaskState},
};
use tracing::warn;

use super::{
    DispatchError,
    lease::{current, give_back, patience_ms},
};
use crate::{
    clock::Clock,
    worker::{Progress, Worker},
};

/// Ends or requeues one task at a time whose runner has not been heard of for too long.
#[derive(Debug)]
pub struct ReapWorker {
    store: Store,
    clock: Clock,
    since: Mutex<Since>,
}

/// The machine's clock is set forward by more than this, in milliseconds: it is not that time passed.
const JUMP_MS: i64 = 10_000;

/// From when on silence counts.
#[derive(Debug)]
struct Since {
    /// While the server was away, or its clock was not right, no runner could renew in time: each lease lasts a whole length
    /// from here at least.
    at: Timestamp,
    /// The last look, by both clocks.
    looked: Option<(Timestamp, Instant)>,
}

impl ReapWorker {
    /// A reaper that counts the server's life from now on.
    pub fn new(store: Store, clock: Clock) -> Self {
        let since = Since { at: clock.now(), looked: None };
        Self { store, clock, since: Mutex::new(since) }
    }

    fn since(&self) -> Timestamp {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).at
    }

    /// Compares the clocks: a clock that was set forward must not end every lease at once.
    fn notice_jump(&self, now: Timestamp) {
        let steady = self.clock.steady();
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing is counted from a time that is still to come: the clock was set back.
        since.at = since.at.min(now);
        if let Some((then, looked)) = since.looked {
            let passed = i64::try_from(steady.duration_since(looked).as_millis()).unwrap_or(i64::MAX);
            if now.millis_since(then).saturating_sub(passed) > JUMP_MS {
                warn!("The clock of this machine was set forward: leases count anew");
                since.at = now;
            }
        }
        since.looked = Some((now, steady));
    }

    /// When a task is lost; `None` when no runner has it.
    fn lost_at(&self, task: &Task) -> Option<Timestamp> {
        match task.state {
            TaskState::Running { lease_until, .. } => {
                Some(lease_until.max(self.since().plus_millis(patience_ms(task.started_user_step))))
            }
            TaskState::Queued | TaskState::Ended(_) => None,
        }
    }

    async fn reap(&self, task: &Task, now: Timestamp) -> Result<(), DispatchError> {
        let mut tx = self.store.begin().await?;
        let task = match current(&mut tx, task).await {
            // It was renewed or ended between the two looks.
            Ok(task) if self.lost_at(&task).is_none_or(|lost| lost > now) => return Ok(()),
            Err(DispatchError::Fenced(_)) => return Ok(()),
            other => other?,
        };
        let name = match task.runner_id {
            Some(id) => runner::get(tx.db(), id).await?.name,
            None => "unknown".to_owned(),
        };
        let patience = model::event::duration(patience_ms(task.started_user_step).unsigned_abs());
        let reason = match task.started_user_step {
            true => format!("the runner `{name}` was lost while the job ran: nothing was heard of it for {patience}"),
            false => {
                format!("the runner `{name}` was lost before the first step: nothing was heard of it for {patience}")
            }
        };
        warn!(task.id = %task.id, runner.name = name, "A task was lost: {reason}");
        if task.cancel_requested {
            task::end(&mut tx, task.id, Outcome::Canceled, None, now).await?;
        } else if task.started_user_step {
            task::end(&mut tx, task.id, Outcome::InfrastructureFail, Some(&reason), now).await?;
        } else {
            give_back(&mut tx, &task, &reason, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A lease that ends later than one that was prolonged just now: the clock was set back since. It counts anew.
    async fn shorten(&self, running: &mut [Task], now: Timestamp) -> store::Result<()> {
        let latest = |task: &Task| now.plus_millis(patience_ms(task.started_user_step));
        let is_too_long = |task: &Task| match task.state {
            TaskState::Running { lease_until, .. } => lease_until > latest(task),
            TaskState::Queued | TaskState::Ended(_) => false,
        };
        if !running.iter().any(is_too_long) {
            return Ok(());
        }
        warn!("The clock of this machine was set back: leases count anew");
        let mut tx = self.store.begin().await?;
        for task in running.iter_mut().filter(|task| is_too_long(task)) {
            let until = latest(task);
            task::shorten(&mut tx, task.id, until).await?;
            *task = task::get(tx.db(), task.id).await?;
        }
        tx.commit().await
    }

    async fn step(&self) -> anyhow::Result<Progress> {
        let now = self.clock.now();
        self.notice_jump(now);
        let mut running = task::list_running(self.store.read()).await?;
        self.shorten(&mut running, now).await?;
        let mut next: Option<(Timestamp, Task)> = None;
        for task in running {
            if let Some(lost) = self.lost_at(&task)
                && next.as_ref().is_none_or(|(first, _)| lost < *first)
            {
                next = Some((lost, task));
            }
        }
        match next {
            Some((lost, task)) if lost <= now => {
                self.reap(&task, now).await.with_context(|| format!("failed to reap task `{}`", task.id))?;
                Ok(Progress::Worked)
            }
            next => Ok(Progress::Idle { until: next.map(|(lost, _)| lost) }),
        }
    }
}

impl Worker for ReapWorker {
    fn name(&self) -> &'static str {
        "reap"
    }

    fn stage(&self) -> Stage {
        Stage::Reap
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        Box::pin(self.step())
    }
}
