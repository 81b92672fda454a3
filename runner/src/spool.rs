//! Reads a spool: the events and logs that a task agent appends to, by offset.
//!
//! The files belong to the job, which may do anything to them. So nothing here follows a link, opens anything but a
//! regular file, waits for a writer, or believes an event that is out of order.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use model::{
    agent::{EVENTS_FILE, log_file},
    event::{StepKey, TaskEvent},
};

use crate::{
    os::files,
    redact::{Redactor, Secrets},
};

/// No event is longer.
const LONGEST_EVENT: usize = 1 << 20;
/// What the agent itself may say in a log beyond the limit of a step's output.
const ROOM_BYTES: u64 = 64 << 20;
/// How much is read at a time.
const CHUNK: usize = 4 << 20;

/// Opens a file of a spool; `None` when there is none.
fn open(path: &Path) -> io::Result<Option<File>> {
    let Some(file) = files::open_of_job(path)? else { return Ok(None) };
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file"));
    }
    Ok(Some(file))
}

/// Reads up to `limit` bytes at `offset`.
fn read_at(file: &File, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
    let there = file.metadata()?.len().saturating_sub(offset);
    let mut bytes = vec![0; usize::try_from(there).unwrap_or(limit).min(limit)];
    let mut filled = 0;
    while filled < bytes.len() {
        match files::read_at(file, &mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Reads the events of a spool, each once, in order.
#[derive(Debug)]
pub(crate) struct EventReader {
    path: PathBuf,
    file: Option<File>,
    offset: u64,
    /// The beginning of a line whose end has not been written yet.
    partial: Vec<u8>,
    next_seq: u64,
}

impl EventReader {
    /// Reads from the beginning; the first event has to have the number `first_seq`.
    pub(crate) fn new(spool: &Path, first_seq: u64) -> Self {
        Self { path: spool.join(EVENTS_FILE), file: None, offset: 0, partial: Vec::new(), next_seq: first_seq }
    }

    /// Events that were written since the last call: some of them, when there are very many, and none when there are none.
    ///
    /// # Errors
    /// Says what is wrong with the file. Reading on makes no sense then.
    pub(crate) fn read(&mut self) -> io::Result<Vec<TaskEvent>> {
        let mut events = Vec::new();
        loop {
            if self.file.is_none() {
                self.file = open(&self.path)?;
            }
            let Some(file) = &self.file else { return Ok(events) };
            let bytes = read_at(file, self.offset, CHUNK)?;
            if bytes.is_empty() {
                return Ok(events);
            }
            self.offset += bytes.len() as u64;
            for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                self.partial.extend_from_slice(piece);
                if piece.ends_with(b"\n") {
                    events.push(self.parse()?);
                    self.partial.clear();
                }
            }
            if self.partial.len() > LONGEST_EVENT {
                return Err(damaged(format!("event {} is too long", self.next_seq)));
            }
            // A job that writes events as fast as they are read would fill the memory.
            if !events.is_empty() {
                return Ok(events);
            }
        }
    }

    fn parse(&mut self) -> io::Result<TaskEvent> {
        let event: TaskEvent = serde_json::from_slice(&self.partial)
            .map_err(|error| damaged(format!("event {} cannot be read: {error}", self.next_seq)))?;
        if event.seq != self.next_seq {
            return Err(damaged(format!("event {} has the number {}", self.next_seq, event.seq)));
        }
        self.next_seq += 1;
        Ok(event)
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads one log, masked.
#[derive(Debug)]
pub(crate) struct LogReader {
    path: PathBuf,
    file: Option<File>,
    offset: u64,
    /// The agent keeps the limit of a step's output; whatever is longer than this is not the agent's doing.
    most: u64,
    redactor: Redactor,
    secrets: Arc<Secrets>,
}

impl LogReader {
    /// Reads the log of `key`, whose step may print `limit_bytes`, from its beginning.
    pub(crate) fn new(spool: &Path, key: StepKey, limit_bytes: u64, secrets: Arc<Secrets>) -> Self {
        let (path, most) = (spool.join(log_file(key)), limit_bytes.saturating_add(ROOM_BYTES));
        Self { path, file: None, offset: 0, most, redactor: Redactor::default(), secrets }
    }

    /// Masked bytes that were not given before, up to a few megabytes, and whether the file ended there.
    pub(crate) fn read(&mut self) -> io::Result<(Vec<u8>, bool)> {
        if self.file.is_none() {
            self.file = open(&self.path)?;
        }
        let Some(file) = &self.file else { return Ok((Vec::new(), true)) };
        if file.metadata()?.len() < self.offset {
            return Err(damaged("it became shorter".to_owned()));
        }
        if self.offset > self.most {
            return Err(damaged(format!("it is longer than {} bytes", self.most)));
        }
        let bytes = read_at(file, self.offset, CHUNK)?;
        self.offset += bytes.len() as u64;
        let at_end = bytes.len() < CHUNK;
        if self.secrets.is_empty() {
            return Ok((bytes, at_end));
        }
        let mut masked = Vec::with_capacity(bytes.len() + self.redactor.held());
        self.redactor.push(&self.secrets, &bytes, &mut masked);
        Ok((masked, at_end))
    }

    /// What masking had held back, now that nothing follows.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let mut masked = Vec::new();
        self.redactor.finish(&self.secrets, &mut masked);
        masked
    }

    /// Begins again: the same bytes come once more.
    pub(crate) fn rewind(&mut self) {
        self.offset = 0;
        self.redactor = Redactor::default();
    }
}

/// How many bytes the log of `key` has.
pub(crate) fn log_bytes(spool: &Path, key: StepKey) -> u64 {
    std::fs::symlink_metadata(spool.join(log_file(key))).map_or(0, |file| file.len())
}

#[cfg(test)]
mod tests;
