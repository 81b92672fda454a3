//! Waits for many pipes at once, with kqueue.

#![expect(unsafe_code, reason = "a kqueue is told numbers of files, which it cannot check")]

use std::{
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    ptr,
};

use rustix::{
    buffer::spare_capacity,
    event::kqueue::{Event, EventFilter, EventFlags, kevent, kqueue},
};

use super::pipe::Reader;

/// Pipes that are waited for.
pub struct Poller {
    queue: OwnedFd,
}

impl Poller {
    /// Of no pipe yet.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn new() -> io::Result<Self> {
        Ok(Self { queue: kqueue()? })
    }

    fn change(&self, reader: &Reader, flags: EventFlags, id: u64) -> io::Result<()> {
        let number = usize::try_from(id).map_err(io::Error::other)?;
        let event =
            Event::new(EventFilter::Read(reader.as_fd().as_raw_fd()), flags, ptr::without_provenance_mut(number));
        let mut none: Vec<Event> = Vec::new();
        // SAFETY: the reader is open for as long as the call takes; a file that is closed leaves the queue by itself.
        unsafe { kevent(&self.queue, &[event], spare_capacity(&mut none), None) }?;
        Ok(())
    }

    /// One more, known by a number.
    ///
    /// # Errors
    /// The kernel has no room for it.
    pub fn add(&self, reader: &Reader, id: u64) -> io::Result<()> {
        self.change(reader, EventFlags::ADD, id)
    }

    /// One less.
    pub fn remove(&self, reader: &Reader, id: u64) {
        // It may have left by itself.
        drop(self.change(reader, EventFlags::DELETE, id));
    }

    /// Waits until some have bytes, or no writer any more, and gives their numbers.
    pub fn wait(&self, ready: &mut Vec<u64>) {
        ready.clear();
        let mut events: Vec<Event> = Vec::with_capacity(16);
        // SAFETY: nothing is changed. Interrupted by nothing but a debugger; then it is asked again.
        let _ = unsafe { kevent(&self.queue, &[], spare_capacity(&mut events), None) };
        ready.extend(events.iter().map(|event| event.udata().addr() as u64));
    }
}
