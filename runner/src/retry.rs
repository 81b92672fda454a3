//! Repeats a call to the server for as long as it takes.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use tracing::{debug, warn};

use crate::server::ServerError;

const FIRST: Duration = Duration::from_millis(100);
const CAP: Duration = Duration::from_secs(15);

/// The pauses between attempts: doubling up to a cap, each between half and all of that, so that runners that lost the
/// server together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self { next: FIRST }
    }

    /// How long to wait now.
    pub(crate) fn pause(&mut self) -> Duration {
        let full = self.next;
        self.next = (full * 2).min(CAP);
        // A fresh `RandomState` is randomness enough for this.
        let random = RandomState::new().build_hasher().finish() % 1000;
        full / 2 + full.mul_f64(random as f64 / 2000.0)
    }
}

/// Calls until there is an answer other than "not available". Dropping the future stops it.
pub(crate) async fn until_answered<T, F>(what: &str, mut call: impl FnMut() -> F) -> Result<T, ServerError>
where
    F: Future<Output = Result<T, ServerError>>,
{
    let mut backoff = Backoff::new();
    let mut failures = 0_u32;
    loop {
        match call().await {
            Err(ServerError::Unavailable(reason)) => {
                failures += 1;
                // Once is noise, often is an outage; in between there is nothing new to say.
                match failures {
                    3 => warn!("Cannot {what}, and keep trying: the server is not available: {reason}"),
                    _ => debug!(failures, "Cannot {what} yet: {reason}"),
                }
                tokio::time::sleep(backoff.pause()).await;
            }
            answer => return answer,
        }
    }
}
