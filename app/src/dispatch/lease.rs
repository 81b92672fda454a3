//! How long a runner has a task without a word from it, and what becomes of the task then.

use model::{job::Outcome, protocol::Renewal, time::Timestamp};
use store::{
    Tx,
    task::{self, Task, TaskState},
};
use tracing::info;

use super::{Dispatch, DispatchError};

/// What a runner is told of its lease, in milliseconds. It renews after a third of it, and learns then that it should stop.
pub const LEASE_MS: u64 = 30_000;

/// Before a step of the user's has begun, a task without renewals is given to another runner after this, in milliseconds.
pub(super) const IDLE_AFTER_MS: i64 = 60_000;

/// Once a step of the user's has begun, a task without renewals is lost after this, in milliseconds: restarts and
/// partitions shorter than it do no harm.
pub const LOST_AFTER_MS: i64 = 600_000;

/// By how much a runner stops a silent task before the server gives it up, in milliseconds: so that it never runs twice.
const FENCE_MARGIN_MS: i64 = 10_000;

/// How often a task may be given back before its job ends with an infrastructure failure.
pub const MAX_UNCLAIMS: u32 = 3;

/// How long the server waits for word of a task, in milliseconds.
pub(super) const fn patience_ms(started_user_step: bool) -> i64 {
    if started_user_step { LOST_AFTER_MS } else { IDLE_AFTER_MS }
}

/// After how long without a renewal a runner stops the task by itself, in milliseconds: before the server gives it up.
pub(super) const fn fence_ms(started_user_step: bool) -> u64 {
    (patience_ms(started_user_step) - FENCE_MARGIN_MS).unsigned_abs()
}

impl Dispatch {
    /// Prolongs the lease of a task, and tells whether it should stop.
    ///
    /// # Errors
    /// `Fenced` when it is over or no longer this runner's.
    pub async fn renew(&self, task: &Task) -> Result<Renewal, DispatchError> {
        let now = self.clock().now();
        let mut tx = self.store().begin().await?;
        let task = current(&mut tx, task).await?;
        task::renew(&mut tx, task.id, now.plus_millis(patience_ms(task.started_user_step)), now).await?;
        tx.commit().await?;
        Ok(Renewal { lease_ms: LEASE_MS, fence_ms: fence_ms(task.started_user_step), cancel: task.cancel_requested })
    }

    /// A runner gives a task back of which no step of the user's has begun.
    ///
    /// # Errors
    /// `Fenced` when one has, or the task is no longer this runner's.
    pub async fn unclaim(&self, task: &Task, reason: &str) -> Result<(), DispatchError> {
        let mut tx = self.store().begin().await?;
        let task = current(&mut tx, task).await?;
        give_back(&mut tx, &task, reason, self.clock().now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The task as it is now, inside the transaction.
///
/// # Errors
/// `Fenced` when it does not run in this claim any more.
pub(super) async fn current(tx: &mut Tx, task: &Task) -> Result<Task, DispatchError> {
    let now = task::get(tx.db(), task.id).await?;
    match now.state {
        TaskState::Running { .. } if now.epoch == task.epoch => Ok(now),
        TaskState::Running { .. } | TaskState::Queued => {
            Err(DispatchError::Fenced(format!("task `{}` was taken from this runner", task.id)))
        }
        TaskState::Ended(outcome) => {
            Err(DispatchError::Fenced(format!("task `{}` is over: {}", task.id, outcome.name())))
        }
    }
}

/// A task that no step of the user's has begun in goes back into the queue, unless it was to stop anyway or has been given
/// back too often.
pub(super) async fn give_back(tx: &mut Tx, task: &Task, reason: &str, now: Timestamp) -> Result<(), DispatchError> {
    if task.cancel_requested {
        return Ok(task::end(tx, task.id, Outcome::Canceled, None, now).await?);
    }
    if task.unclaimed_count >= MAX_UNCLAIMS && !task.started_user_step {
        let reason =
            format!("no runner could start it, {} times in a row; the last one said: {reason}", MAX_UNCLAIMS + 1);
        return Ok(task::end(tx, task.id, Outcome::InfrastructureFail, Some(&reason), now).await?);
    }
    task::unclaim(tx, task.id, now).await?;
    info!(task.id = %task.id, "Task is queued again: {reason}");
    Ok(())
}
