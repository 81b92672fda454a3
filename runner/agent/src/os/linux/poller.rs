//! Waits for many pipes at once, with epoll.

use std::{io, os::fd::OwnedFd};

use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, CreateFlags, EventData, EventFlags},
};

use super::pipe::Reader;

/// Pipes that are waited for.
pub struct Poller {
    epoll: OwnedFd,
}

impl Poller {
    /// Of no pipe yet.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn new() -> io::Result<Self> {
        Ok(Self { epoll: epoll::create(CreateFlags::CLOEXEC)? })
    }

    /// One more, known by a number.
    ///
    /// # Errors
    /// The kernel has no room for it.
    pub fn add(&self, reader: &Reader, id: u64) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, reader, EventData::new_u64(id), EventFlags::IN)?)
    }

    /// One less.
    pub fn remove(&self, reader: &Reader, _id: u64) {
        let _ = epoll::delete(&self.epoll, reader);
    }

    /// Waits until some have bytes, or no writer any more, and gives their numbers.
    pub fn wait(&self, ready: &mut Vec<u64>) {
        ready.clear();
        let mut events = Vec::with_capacity(16);
        // Interrupted by nothing but a debugger; then it is asked again.
        let _ = epoll::wait(&self.epoll, spare_capacity(&mut events), None);
        ready.extend(events.iter().map(|event| event.data.u64()));
    }
}
