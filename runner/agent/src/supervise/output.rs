//! What a step prints: a pipe that ends in its log.

use std::{
    fmt::Arguments,
    io,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::Pump;
use crate::{
    os::pipe::{Reader, Writer, pipe},
    spool::Log,
};

/// Asked for each pipe: a step that prints much is then rarely stopped by a full one. Unprivileged users get it too, until
/// their pipes together are larger than the system allows.
const PIPE_BYTES: usize = 1 << 20;

/// How much is copied at once when a step has ended.
const DRAIN_BYTES: usize = 64 << 10;

/// The reading end of a step's pipe, and the log that it flows into.
pub struct Output {
    reader: Reader,
    log: Arc<Log>,
    born: Instant,
    last_ms: AtomicU64,
    /// Held from reading to writing: two threads copy, and the log must keep the order of the pipe.
    copying: Mutex<()>,
}

/// What one copy brought.
pub enum Copied {
    /// So many bytes.
    Bytes(usize),
    /// Nothing is there now.
    Nothing,
    /// Every writer is gone.
    End,
}

impl Output {
    /// Makes a pipe; what is written into the returned end flows into `log`.
    fn new(log: Arc<Log>) -> io::Result<(Arc<Self>, Writer)> {
        let (reader, writer) = pipe(PIPE_BYTES)?;
        let output = Self { reader, log, born: Instant::now(), last_ms: AtomicU64::new(0), copying: Mutex::new(()) };
        Ok((Arc::new(output), writer))
    }

    /// The pipe.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Copies at most a buffer full, without waiting.
    pub fn copy(&self, buffer: &mut [u8]) -> Copied {
        let _order = self.copying.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reader.read(buffer) {
            Ok(0) => Copied::End,
            Ok(count) => {
                self.log.append(&buffer[..count]);
                let millis = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.last_ms.store(millis, Ordering::Relaxed);
                Copied::Bytes(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Copied::Nothing,
            Err(_) => Copied::End,
        }
    }

    /// Copies what is in the pipe now. What is printed meanwhile is left to the pump, so a flood from a process that
    /// outlives its step does not hold the step up.
    fn drain(&self) {
        let mut left = self.reader.waiting();
        let mut buffer = Vec::new();
        while left > 0 {
            buffer.resize(usize::try_from(left).map_or(DRAIN_BYTES, |left| left.min(DRAIN_BYTES)), 0);
            match self.copy(&mut buffer) {
                Copied::Bytes(count) => left = left.saturating_sub(count as u64),
                Copied::Nothing | Copied::End => return,
            }
        }
    }

    /// When something was printed last; at first, when the step began.
    pub fn last(&self) -> Instant {
        self.born + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }
}

/// The output of a step that is running. Once it is dropped, its processes alone hold the pipe open.
pub struct StepOutput {
    output: Arc<Output>,
    writer: Writer,
}

impl StepOutput {
    /// Makes the pipe, and has the pump copy it.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn new(log: Arc<Log>, pump: &Pump) -> io::Result<Self> {
        let (output, writer) = Output::new(log)?;
        pump.add(output.clone())?;
        Ok(Self { output, writer })
    }

    /// Connects a command: nothing to read, and everything that it prints goes into the log.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn connect(&self, command: &mut Command) -> io::Result<()> {
        command.stdin(Stdio::null()).stdout(self.writer.try_clone()?).stderr(self.writer.try_clone()?);
        Ok(())
    }

    /// Writes a line of the agent's own, after everything that was printed before.
    pub fn say(&self, line: Arguments<'_>) {
        self.output.drain();
        self.output.log.say(format!("{line}\n").as_bytes());
    }

    /// Has everything in the log that was printed until now, and its end, if there was too much.
    pub fn close(&self) {
        self.output.drain();
        self.output.log.close();
    }

    /// The reading end.
    pub fn output(&self) -> &Arc<Output> {
        &self.output
    }

    /// Has everything in the log that was printed until now.
    pub fn drain(&self) {
        self.output.drain();
    }
}
