//! The thread that copies from all open pipes into their logs.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::output::{Copied, Output};
use crate::os::Poller;

/// How much is copied at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Pause after a round that brought little: a step that prints line by line then wakes this thread a thousand times a
/// second, not a million.
const GATHER: Duration = Duration::from_millis(1);

/// Copies output.
#[derive(Clone)]
pub struct Pump {
    shared: Arc<Shared>,
}

struct Shared {
    poller: Poller,
    outputs: Mutex<HashMap<u64, Arc<Output>>>,
    next: AtomicU64,
}

impl Pump {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared { poller: Poller::new()?, outputs: Mutex::default(), next: AtomicU64::new(0) });
        let pump = Self { shared: shared.clone() };
        thread::Builder::new().name("pump".to_owned()).spawn(move || shared.copy_all())?;
        Ok(pump)
    }

    /// Copies an output until its last writer is gone.
    ///
    /// # Errors
    /// The kernel has no room for one more.
    pub fn add(&self, output: Arc<Output>) -> io::Result<()> {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let mut outputs = self.shared.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.poller.add(output.reader(), id)?;
        outputs.insert(id, output);
        Ok(())
    }
}

impl Shared {
    fn copy_all(&self) {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut ready = Vec::with_capacity(16);
        loop {
            self.poller.wait(&mut ready);
            let mut much = false;
            for id in &ready {
                much |= self.copy_one(*id, &mut buffer);
            }
            if !much {
                thread::sleep(GATHER);
            }
        }
    }

    /// Whether more is to be expected at once.
    fn copy_one(&self, id: u64, buffer: &mut [u8]) -> bool {
        let output = self.outputs.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let Some(output) = output else { return false };
        match output.copy(buffer) {
            Copied::Bytes(count) => count >= buffer.len().min(output.reader().capacity() / 4),
            Copied::Nothing => false,
            Copied::End => {
                self.poller.remove(output.reader(), id);
                self.outputs.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                false
            }
        }
    }
}
