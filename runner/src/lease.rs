//! Keeps the lease of a task, and learns from it: that the task was cancelled, that it was given away, or that nothing
//! has been heard of the server for too long.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{report::Link, retry::Backoff, server::ServerError};

/// What a task has to react to.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// Someone wants it cancelled.
    pub(crate) cancel: CancellationToken,
    /// The server has not been heard of for so long that it may give the task to another soon.
    pub(crate) out_of_contact: CancellationToken,
    /// What the task tells makes no sense any more.
    pub(crate) damaged: CancellationToken,
}

impl Signals {
    /// `cancel` of the whole runner cancels the task, too.
    pub(crate) fn new(cancel: &CancellationToken) -> Self {
        Self {
            cancel: cancel.child_token(),
            out_of_contact: CancellationToken::new(),
            damaged: CancellationToken::new(),
        }
    }
}

/// How long things last for a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) lease: Duration,
    pub(crate) fence: Duration,
}

/// Renews until the server says that the task is no longer this runner's. Durations are measured by a clock that nobody
/// sets.
pub(crate) async fn keep(link: &Link, terms: Terms, signals: &Signals) {
    let Terms { mut lease, mut fence } = terms;
    let Link { server, credentials, log_limit_bytes: _, takes_logs: _ } = link;
    let mut heard = Instant::now();
    let mut next = heard + lease / 3;
    let mut backoff = Backoff::new();
    loop {
        sleep_until(next.min(heard + fence)).await;
        if heard.elapsed() >= fence && !signals.out_of_contact.is_cancelled() {
            warn!(task.id = %credentials.task, "No contact with the server for {fence:?}: stopping the task");
            signals.out_of_contact.cancel();
        }
        // Measured from before the call: the server may have counted from any time after that.
        let asked = Instant::now();
        let bound = asked + lease.max(Duration::from_secs(1));
        let deadline = if signals.out_of_contact.is_cancelled() { bound } else { bound.min(heard + fence) };
        let answer = timeout_at(deadline, server.renew(credentials))
            .await
            .unwrap_or_else(|_| Err(ServerError::Unavailable("no answer in time".to_owned())));
        match answer {
            Ok(renewal) => {
                lease = Duration::from_millis(renewal.lease_ms.max(3));
                fence = Duration::from_millis(renewal.fence_ms);
                heard = asked;
                next = asked + lease / 3;
                backoff = Backoff::new();
                if renewal.cancel && !signals.cancel.is_cancelled() {
                    info!(task.id = %credentials.task, "The task was cancelled at the server");
                    signals.cancel.cancel();
                }
            }
            Err(ServerError::Unavailable(reason)) => {
                debug!(task.id = %credentials.task, "Cannot renew the lease yet: {reason}");
                next = Instant::now() + backoff.pause().min(lease / 3);
            }
            Err(error @ (ServerError::Fenced | ServerError::Unauthorized | ServerError::Refused(_))) => {
                info!(task.id = %credentials.task, "The task is no longer this runner's: {error}");
                return;
            }
        }
        if signals.out_of_contact.is_cancelled() {
            // The fence has fallen once and for all; what remains is to be told so.
            heard = Instant::now();
            next = heard + lease / 3;
        }
    }
}
