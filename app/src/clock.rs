//! The clock: the only place that reads the time of day.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use model::time::Timestamp;

/// Tells the time. Tests turn the hands of a manual one.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until it is moved.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until [`Clock::advance_millis`].
    pub fn manual(now: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now.millis())))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }

    /// A point on a clock that nobody sets, to notice that the machine's was; `None` of a manual one, which only jumps.
    pub fn steady(&self) -> Option<Instant> {
        match self {
            Self::System => Some(Instant::now()),
            Self::Manual(_) => None,
        }
    }

    /// Moves a manual clock on. The machine's clock cannot be moved: then nothing happens.
    pub fn advance_millis(&self, millis: i64) {
        match self {
            Self::System => {}
            Self::Manual(now) => {
                now.fetch_add(millis, Ordering::SeqCst);
            }
        }
    }
}
