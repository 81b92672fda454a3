//! The clock: the only place that reads the time of day.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use model::time::Timestamp;

/// Tells the time. Tests turn the hands of a manual one.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until it is moved.
    Manual(Arc<Hands>),
}

/// The hands of a manual clock.
#[derive(Debug)]
pub struct Hands {
    /// The time of day, in milliseconds.
    now: AtomicI64,
    /// How long it has gone, in milliseconds, whatever the time of day was set to.
    gone: AtomicU64,
    /// What that counts from.
    origin: Instant,
}

impl Clock {
    /// A clock that stands at `now` until [`Clock::advance_millis`].
    pub fn manual(now: Timestamp) -> Self {
        let (now, gone) = (AtomicI64::new(now.millis()), AtomicU64::new(0));
        Self::Manual(Arc::new(Hands { now, gone, origin: Instant::now() }))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(hands) => Timestamp::from_millis(hands.now.load(Ordering::SeqCst)),
        }
    }

    /// A point on a clock that nobody sets, to notice that the other one was.
    pub fn steady(&self) -> Instant {
        match self {
            Self::System => Instant::now(),
            Self::Manual(hands) => hands.origin + Duration::from_millis(hands.gone.load(Ordering::SeqCst)),
        }
    }

    /// Lets time pass on a manual clock. The machine's clock cannot be moved: then nothing happens.
    pub fn advance_millis(&self, millis: i64) {
        if let Self::Manual(hands) = self {
            hands.gone.fetch_add(millis.unsigned_abs(), Ordering::SeqCst);
        }
        self.set_by_millis(millis);
    }

    /// Sets a manual clock forward, or backward, without that time passes: as a person or a time server does it. The machine's
    /// clock cannot be moved: then nothing happens.
    pub fn set_by_millis(&self, millis: i64) {
        match self {
            Self::System => {}
            Self::Manual(hands) => {
                hands.now.fetch_add(millis, Ordering::SeqCst);
            }
        }
    }
}
