//! Pipes that are read without waiting.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

/// The end that is written to.
pub type Writer = OwnedFd;

/// The end that is read.
pub struct Reader {
    fd: OwnedFd,
    capacity: usize,
}

/// Makes a pipe. `size` sees to how many bytes it holds, and tells.
///
/// # Errors
/// No file descriptor is left.
pub fn pipe_of(size: impl FnOnce(BorrowedFd<'_>) -> io::Result<usize>) -> io::Result<(Reader, Writer)> {
    // std closes both ends in programs that are started.
    let (reader, writer) = io::pipe()?;
    let fd = OwnedFd::from(reader);
    // Only this end: a step's processes expect an ordinary, blocking standard output.
    rustix::io::ioctl_fionbio(&fd, true)?;
    let capacity = size(fd.as_fd())?;
    Ok((Reader { fd, capacity }, writer.into()))
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
