//! Pipes that are read without waiting, as large as is asked for.

use std::io;

use crate::os::unix::pipe::pipe_of;
pub use crate::os::unix::pipe::{Reader, Writer};

/// Makes a pipe that holds so many bytes, or what the system allows.
///
/// # Errors
/// No file descriptor is left.
pub fn pipe(bytes: usize) -> io::Result<(Reader, Writer)> {
    pipe_of(|fd| Ok(rustix::pipe::fcntl_setpipe_size(fd, bytes).or_else(|_| rustix::pipe::fcntl_getpipe_size(fd))?))
}
