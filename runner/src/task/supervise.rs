//! Watches an environment, and ends it when it must.

use std::time::Duration;

use model::agent::GRACE_MS;
use tokio::time::{Instant, sleep_until};

use crate::{
    directory::TaskDirectory,
    executor::{EnvironmentEnd, Executor},
    lease::Signals,
};

/// How much longer than its own grace the agent may take to end a cancelled task.
const AGENT_GRACE: Duration = Duration::from_secs(20);
/// How much longer than the time limit, which the agent enforces, the runner waits.
const LIMIT_GRACE: Duration = Duration::from_secs(60);
/// When killing did not help, it is tried again after this.
const KILL_AGAIN: Duration = Duration::from_secs(30);

/// Why an environment ended, as far as the runner has a part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It has none.
    Itself,
    /// The task was cancelled.
    Canceled,
    /// The server was silent for too long.
    OutOfContact,
    /// The agent told nonsense.
    Damaged,
    /// The agent did not enforce the time limit, in milliseconds.
    TimedOut(u64),
}

/// Returns when the environment has ended.
pub(super) async fn supervise(
    executor: &dyn Executor,
    directory: &TaskDirectory,
    signals: &Signals,
    limit: Duration,
) -> (EnvironmentEnd, Cause) {
    let mut ended = executor.wait(directory);
    let mut cause = Cause::Itself;
    let mut kill_at = Instant::now() + limit + LIMIT_GRACE;
    loop {
        tokio::select! {
            biased;
            end = &mut ended => return (end, cause),
            () = signals.out_of_contact.cancelled(), if cause != Cause::OutOfContact && cause != Cause::Damaged => {
                cause = Cause::OutOfContact;
                kill_at = Instant::now();
            }
            () = signals.damaged.cancelled(), if cause != Cause::OutOfContact && cause != Cause::Damaged => {
                cause = Cause::Damaged;
                kill_at = Instant::now();
            }
            () = signals.cancel.cancelled(), if cause == Cause::Itself => {
                cause = Cause::Canceled;
                executor.cancel(directory).await;
                kill_at = Instant::now() + Duration::from_millis(GRACE_MS) + AGENT_GRACE;
            }
            () = sleep_until(kill_at) => {
                if cause == Cause::Itself {
                    cause = Cause::TimedOut(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
                }
                executor.kill(directory).await;
                kill_at = Instant::now() + KILL_AGAIN;
            }
        }
    }
}
