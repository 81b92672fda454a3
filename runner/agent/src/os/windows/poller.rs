//! Waits for many pipes at once: looks at all of them again and again, since the system waits for none of them.

use std::{
    collections::HashMap,
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::pipe::Reader;

/// Between two looks: the pause grows from the first to the second while nothing is printed.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// Pipes that are waited for.
pub struct Poller {
    readers: Mutex<HashMap<u64, Reader>>,
    added: Condvar,
}

impl Poller {
    /// Of no pipe yet.
    ///
    /// # Errors
    /// None here.
    pub fn new() -> io::Result<Self> {
        Ok(Self { readers: Mutex::default(), added: Condvar::new() })
    }

    fn readers(&self) -> MutexGuard<'_, HashMap<u64, Reader>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more, known by a number.
    ///
    /// # Errors
    /// No handle is left.
    pub fn add(&self, reader: &Reader, id: u64) -> io::Result<()> {
        let reader = reader.try_clone()?;
        self.readers().insert(id, reader);
        self.added.notify_one();
        Ok(())
    }

    /// One less.
    pub fn remove(&self, _reader: &Reader, id: u64) {
        self.readers().remove(&id);
    }

    /// Waits until some have bytes, or no writer any more, and gives their numbers.
    pub fn wait(&self, ready: &mut Vec<u64>) {
        ready.clear();
        let mut pause = PAUSES.0;
        let mut readers = self.readers();
        loop {
            ready.extend(readers.iter().filter(|(_, reader)| reader.is_ready()).map(|(id, _)| *id));
            if !ready.is_empty() {
                return;
            }
            readers = if readers.is_empty() {
                self.added.wait(readers).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.added.wait_timeout(readers, pause).unwrap_or_else(PoisonError::into_inner).0
            };
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}
