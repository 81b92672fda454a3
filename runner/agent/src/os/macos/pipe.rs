//! Pipes that are read without waiting.

use std::io;

use crate::os::unix::pipe::pipe_of;
pub use crate::os::unix::pipe::{Reader, Writer};

/// What the kernel lets a pipe grow to.
const CAPACITY: usize = 64 << 10;

/// Makes a pipe. The kernel alone decides how much it holds.
///
/// # Errors
/// No file descriptor is left.
pub fn pipe(_bytes: usize) -> io::Result<(Reader, Writer)> {
    pipe_of(|_| Ok(CAPACITY))
}
