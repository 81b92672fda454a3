//! One connection, whose waits are short, so that the task can be stopped, and whose silence has an end.

use std::{
    cell::Cell,
    io::{self, Read, Write},
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    os::stream::{Stream, connect, is_readable},
    watch::Watch,
};

/// Between two looks at whether the task must stop.
const TICK: Duration = Duration::from_millis(100);

/// A server that does nothing for so long is given up.
const LONGEST_SILENCE: Duration = Duration::from_secs(600);

/// A stream that remembers whether it broke: what fails above it may have failed for another reason.
pub struct Connection<'a> {
    stream: Stream,
    watch: Watch<'a>,
    broken: Cell<bool>,
}

impl<'a> Connection<'a> {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub fn open(socket: &Path, watch: Watch<'a>) -> io::Result<Self> {
        Ok(Self { stream: connect(socket, TICK)?, watch, broken: Cell::new(false) })
    }

    /// Whether it broke.
    pub fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Marks it as broken, and makes an error of it.
    pub fn broke(&self, error: io::Error) -> io::Error {
        self.broken.set(true);
        error
    }

    fn patiently<T>(
        &self,
        mut once: impl FnMut() -> io::Result<T>,
        mut tick: impl FnMut() -> io::Result<()>,
    ) -> io::Result<T> {
        let began = Instant::now();
        loop {
            match once() {
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) =>
                {
                    self.watch.check()?;
                    tick().map_err(|error| self.broke(error))?;
                    if began.elapsed() > LONGEST_SILENCE {
                        return Err(self.broke(io::Error::new(
                            io::ErrorKind::TimedOut,
                            "nothing was heard of the server for 10 minutes",
                        )));
                    }
                }
                Err(error) => return Err(self.broke(error)),
                Ok(done) => return Ok(done),
            }
        }
    }

    /// Whether an answer is there already.
    fn is_answered(&self) -> bool {
        is_readable(&self.stream)
    }
}

impl Read for &Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(|| (&self.stream).read(buffer), || Ok(()))
    }
}

impl Write for &Connection<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(
            || (&self.stream).write(bytes),
            // Somebody who has answered already reads no more.
            || if self.is_answered() { Err(io::Error::other("the server answered before the end")) } else { Ok(()) },
        )
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
