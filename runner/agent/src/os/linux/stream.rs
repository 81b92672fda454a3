//! The way to the runner: a Unix socket in the spool.

use std::{io, os::unix::net::UnixStream, path::Path, time::Duration};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A connection to the runner.
pub type Stream = UnixStream;

/// Connects to the runner's socket. Reading and writing wait for `patience` at a time.
///
/// # Errors
/// `NotFound`: there is none; or nobody listens.
pub fn connect(socket: &Path, patience: Duration) -> io::Result<Stream> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(stream)
}

/// Whether something waits to be read.
pub fn is_readable(stream: &Stream) -> bool {
    let mut look = [PollFd::new(stream, PollFlags::IN)];
    matches!(poll(&mut look, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1..))
}
