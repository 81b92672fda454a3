//! A pass now and then, in small steps.

use futures_util::future::BoxFuture;
use model::time::Timestamp;
use store::Stage;
use tokio::sync::Mutex;
use tracing::info;

use super::{Pass, Retention};
use crate::worker::{Progress, Worker};

/// A start has other things to do first, in milliseconds.
const FIRST_MS: i64 = 5 * 60_000;

/// From the end of a pass to the next, in milliseconds.
const PAUSE_MS: i64 = 3_600_000;

/// Removes a batch a step.
#[derive(Debug)]
pub struct RetentionWorker {
    retention: Retention,
    state: Mutex<State>,
}

/// Where it stands. It is not in a row: a pass that was cut off begins anew, and finds what is left.
#[derive(Debug)]
struct State {
    next_at: Timestamp,
    pass: Option<Pass>,
    removed: usize,
}

impl RetentionWorker {
    /// A worker whose first pass is some minutes from now.
    pub fn new(retention: Retention) -> Self {
        let next_at = retention.clock.now().plus_millis(FIRST_MS);
        Self { retention, state: Mutex::new(State { next_at, pass: None, removed: 0 }) }
    }

    async fn step(&self) -> anyhow::Result<Progress> {
        let mut state = self.state.lock().await;
        let now = self.retention.clock.now();
        if now < state.next_at {
            return Ok(Progress::Idle { until: Some(state.next_at) });
        }
        // Should it fail on one thing, the rest is not tried again before the next pass.
        state.next_at = now.plus_millis(PAUSE_MS);
        let mut pass = state.pass.take().unwrap_or_else(|| self.retention.pass());
        if let Some(batch) = pass.next().await? {
            self.retention.remove(&batch).await?;
            state.removed += batch.items.len();
            state.pass = Some(pass);
            state.next_at = now;
            return Ok(Progress::Worked);
        }
        let orphans = self.retention.remove_orphans().await?;
        let removed = std::mem::take(&mut state.removed);
        if removed + orphans > 0 {
            info!("Retention removed {removed} things that were old enough, and {orphans} that nothing knew of");
        }
        Ok(Progress::Idle { until: Some(state.next_at) })
    }
}

impl Worker for RetentionWorker {
    fn name(&self) -> &'static str {
        "retention"
    }

    fn stage(&self) -> Stage {
        Stage::Retention
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        Box::pin(self.step())
    }
}
