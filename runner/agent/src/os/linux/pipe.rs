//! Pipes that are read without waiting.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::pipe::PipeFlags;

/// The end that is written to.
pub type Writer = OwnedFd;

/// The end that is read.
pub struct Reader {
    fd: OwnedFd,
    capacity: usize,
}

/// Makes a pipe that holds so many bytes, or what the system allows.
///
/// # Errors
/// No file descriptor is left.
pub fn pipe(bytes: usize) -> io::Result<(Reader, Writer)> {
    let (fd, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    // Only this end: a step's processes expect an ordinary, blocking standard output.
    rustix::io::ioctl_fionbio(&fd, true)?;
    let capacity = rustix::pipe::fcntl_setpipe_size(&fd, bytes).or_else(|_| rustix::pipe::fcntl_getpipe_size(&fd))?;
    Ok((Reader { fd, capacity }, writer))
}

impl Reader {
    /// How many bytes the pipe holds.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many bytes wait to be read.
    pub fn waiting(&self) -> u64 {
        rustix::io::ioctl_fionread(&self.fd).unwrap_or(0)
    }

    /// Reads what is there; `Ok(0)`: every writer is gone.
    ///
    /// # Errors
    /// `WouldBlock`: nothing is there now.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::retry_on_intr(|| rustix::io::read(&self.fd, &mut *buffer))?)
    }
}

impl AsFd for Reader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
