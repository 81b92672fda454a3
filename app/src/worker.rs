//! Background stages: each does one unit of work at a time, from what the rows say, and may be killed at any line.

use std::{panic::AssertUnwindSafe, time::Duration};

use anyhow::anyhow;
use futures_util::{FutureExt, future::BoxFuture};
use model::time::Timestamp;
use store::{Stage, Store};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info_span};

use crate::clock::Clock;

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It did one unit; there may be more.
    Worked,
    /// There was nothing due. `until` is when something will be, if the rows know.
    Idle {
        /// The next point in time at which a row falls due.
        until: Option<Timestamp>,
    },
}

/// A stage of the flow.
pub trait Worker: Send + Sync {
    /// Its name, in logs and metrics.
    fn name(&self) -> &'static str;

    /// Whose wake-ups hurry it.
    fn stage(&self) -> Stage;

    /// The least time between two steps. What happens meanwhile is done together, or need not be done any more.
    fn pace(&self) -> Duration {
        Duration::ZERO
    }

    /// One unit of work, idempotent: crash at any line, call again, same end.
    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>>;
}

/// Runs a worker until it is told to stop: this is the only loop of every stage.
///
/// A wake-up carries no data and may be lost; `poll` bounds how long a lost one matters. A failed step is logged here,
/// once, and tried again after a pause: the row that failed has stayed due, or pushed itself back.
pub async fn run(worker: &dyn Worker, store: &Store, clock: &Clock, poll: Duration, stop: CancellationToken) {
    let mut wakes = store.bus().wakes(worker.stage());
    while !stop.is_cancelled() {
        // A stage that dies of one row would leave all others undone, and nobody would notice.
        let step = AssertUnwindSafe(worker.step().instrument(info_span!("step", worker = worker.name())));
        let step = step.catch_unwind().await.unwrap_or_else(|_| Err(anyhow!("a bug in Roundhouse: it panicked")));
        let pause = match step {
            Ok(Progress::Worked) => None,
            Ok(Progress::Idle { until }) => {
                let millis = until.map_or(i64::MAX, |until| until.millis_since(clock.now()).max(0));
                Some(poll.min(Duration::from_millis(millis.unsigned_abs())))
            }
            Err(error) => {
                error!(worker = worker.name(), "The {} stage failed: {error:#}", worker.name());
                Some(poll.min(Duration::from_secs(1)))
            }
        };
        if let Some(pause) = pause {
            tokio::select! {
                () = stop.cancelled() => {}
                () = wakes.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        if !worker.pace().is_zero() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(worker.pace()) => {}
            }
        }
    }
}
