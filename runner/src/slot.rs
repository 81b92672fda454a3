//! How many tasks a runner has at a time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a runner, one for each task that it runs at a time. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    running: Arc<Semaphore>,
    finishing: Arc<Semaphore>,
}

/// The place of one task.
#[derive(Debug)]
pub(crate) struct Slot {
    running: Option<OwnedSemaphorePermit>,
    finishing: Option<OwnedSemaphorePermit>,
    slots: Slots,
}

impl Slots {
    /// So many places, one at least.
    pub(crate) fn new(capacity: usize) -> Self {
        let places = || Arc::new(Semaphore::new(capacity.max(1)));
        Self { running: places(), finishing: places() }
    }

    /// Waits for a free place.
    pub(crate) async fn take(&self) -> Slot {
        let running = Arc::clone(&self.running).acquire_owned().await.expect("the semaphore is never closed");
        self.slot(Some(running))
    }

    /// A place for a task that is there in any case. There may be more of them than places: then all are taken.
    pub(crate) fn take_any(&self) -> Slot {
        self.slot(Arc::clone(&self.running).try_acquire_owned().ok())
    }

    fn slot(&self, running: Option<OwnedSemaphorePermit>) -> Slot {
        Slot { running, finishing: None, slots: self.clone() }
    }
}

impl Slot {
    /// Nothing of the task runs any more; it only has to be told and cleared away. The next one may begin, unless as many as
    /// there are places are in that state: a server that takes no reports shall not fill the disk with them.
    pub(crate) fn vacate(&mut self) {
        if let Ok(finishing) = Arc::clone(&self.slots.finishing).try_acquire_owned() {
            self.finishing = Some(finishing);
            self.running = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[tokio::test]
    async fn what_finishes_makes_room_once_for_each_place() {
        let slots = Slots::new(1);
        let free = || slots.running.available_permits();
        let mut first = slots.take().await;
        assert_eq!(free(), 0);
        first.vacate();
        assert_eq!(free(), 1);
        let mut second = slots.take().await;
        second.vacate();
        assert_eq!(free(), 0, "one finishes already");
        drop(first);
        second.vacate();
        assert_eq!(free(), 1);
        drop(second);
        let _more = (slots.take_any(), slots.take_any());
        assert_eq!(free(), 0);
    }
}
