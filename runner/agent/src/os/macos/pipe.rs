//! Pipes that are read without waiting.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

/// The end that is written to.
pub type Writer = OwnedFd;

/// What the kernel lets a pipe grow to.
const CAPACITY: usize = 64 << 10;

/// The end that is read.
pub struct Reader {
    fd: OwnedFd,
}

/// Makes a pipe. The kernel alone decides how much it holds.
///
/// # Errors
/// No file descriptor is left.
pub fn pipe(_bytes: usize) -> io::Result<(Reader, Writer)> {
    // std closes both ends in programs that are started.
    let (reader, writer) = io::pipe()?;
    let fd = OwnedFd::from(reader);
    // Only this end: a step's processes expect an ordinary, blocking standard output.
    rustix::io::ioctl_fionbio(&fd, true)?;
    Ok((Reader { fd }, writer.into()))
}

impl Reader {
    /// How many bytes the pipe holds.
    pub fn capacity(&self) -> usize {
        CAPACITY
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
