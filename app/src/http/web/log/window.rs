//! A piece of a log that is as long as a page can bear.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cursor::Position,
    line::{LogLine, render},
};
use crate::log::{LogKey, Logs};

/// The most bytes of a window.
const MOST_BYTES: u64 = 1 << 20;

/// Bytes that are read at a time where lines are only counted.
const CHUNK: usize = 256 << 10;

/// Which piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The last so many lines.
    Last(u64),
    /// So many lines from this one on.
    From(u64, u64),
    /// None: lines come through the stream.
    Nothing,
}

/// A piece of a log.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Its lines.
    pub lines: Vec<LogLine>,
    /// How many lines come before it.
    pub before: u64,
    /// Whether lines come after it.
    pub after: bool,
    /// Bytes of the whole log.
    pub size_bytes: u64,
    /// Behind its last complete line.
    pub end: Position,
}

impl Window {
    /// Reads it. `failed` marks lines that tell of an error.
    pub async fn read(logs: &Logs, counts: &LineCounts, key: LogKey, place: Place, failed: bool) -> io::Result<Self> {
        let size_bytes = logs.len(key).await?;
        let (start, most) = match place {
            Place::Nothing => return Ok(Self { size_bytes, ..Self::default() }),
            _ if size_bytes == 0 => return Ok(Self::default()),
            Place::Last(most) => (last(logs, counts, key, size_bytes, most).await?, most),
            Place::From(line, most) => (from(logs, counts, key, size_bytes, line.max(1)).await?, most),
        };
        let mut end = Position { offset: start.0, line: start.1 + 1, ..Position::default() };
        let bytes = read(logs, key, start.0, MOST_BYTES.min(size_bytes - start.0)).await?;
        let bytes = first_lines(&bytes, most);
        let after = start.0 + (bytes.len() as u64) < size_bytes;
        // What is cut off by the size of the window is no unfinished line: it comes with the next window.
        let bytes = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(last) if after => &bytes[..=last],
            _ => bytes,
        };
        let marks = logs.marks(key).await?;
        let lines = render(bytes, &mut end, &marks, failed);
        Ok(Self { lines, before: start.1, after, size_bytes, end })
    }
}

/// The start of the last lines, and how many lines come before them.
pub(super) async fn last(
    logs: &Logs,
    counts: &LineCounts,
    key: LogKey,
    size: u64,
    most: u64,
) -> io::Result<(u64, u64)> {
    let from = size.saturating_sub(MOST_BYTES);
    let bytes = read(logs, key, from, size - from).await?;
    // The end of the last line begins no other one.
    let body = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let mut ends = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    let nth = ends.clone().nth_back(usize::try_from(most.max(1) - 1).unwrap_or(usize::MAX));
    let start = match (nth, from) {
        (Some(end), _) => from + end as u64 + 1,
        (None, 0) => 0,
        // The first line of the piece lacks its start, if it has a second one.
        (None, from) => ends.next().map_or(from, |first| from + first as u64 + 1),
    };
    Ok((start, counts.lines_before(logs, key, start).await?))
}

/// The start of a line, or of the last one there is, and how many come before it.
async fn from(logs: &Logs, counts: &LineCounts, key: LogKey, size: u64, line: u64) -> io::Result<(u64, u64)> {
    let (mut start, mut before) = counts.known(key, None, line - 1);
    let mut offset = start;
    while before + 1 < line && offset < size {
        let bytes = read(logs, key, offset, (CHUNK as u64).min(size - offset)).await?;
        if bytes.is_empty() {
            break;
        }
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            let next = offset + at as u64 + 1;
            if before + 1 == line || next == size {
                break;
            }
            (start, before) = (next, before + 1);
        }
        offset += bytes.len() as u64;
    }
    Ok((start, before))
}

/// The bytes of at most so many lines.
fn first_lines(bytes: &[u8], most: u64) -> &[u8] {
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    match ends.nth(usize::try_from(most.max(1) - 1).unwrap_or(usize::MAX)) {
        Some(end) => &bytes[..=end],
        None => bytes,
    }
}

pub(super) async fn read(logs: &Logs, key: LogKey, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    while bytes.len() < length {
        let piece = logs.read(key, offset + bytes.len() as u64, length - bytes.len()).await?;
        if piece.is_empty() {
            break;
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Remembers how many lines come before some places: logs only grow, so a count stays true. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct LineCounts(Arc<Mutex<HashMap<LogKey, Vec<Count>>>>);

/// An offset that begins a line, and how many lines end before it.
type Count = (u64, u64);

impl LineCounts {
    /// Logs that are remembered.
    const LOGS: usize = 256;
    /// Places of one log: a place a chunk, of 16 MiB each.
    const EVERY: u64 = 16 << 20;

    /// How many lines end before an offset.
    pub async fn lines_before(&self, logs: &Logs, key: LogKey, offset: u64) -> io::Result<u64> {
        let (mut at, mut lines) = self.known(key, Some(offset), u64::MAX);
        let mut remembered = at;
        while at < offset {
            let bytes = logs.read(key, at, CHUNK.min(usize::try_from(offset - at).unwrap_or(CHUNK))).await?;
            if bytes.is_empty() {
                break;
            }
            lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            at += bytes.len() as u64;
            // Only the start of a line is worth remembering: windows begin there.
            if bytes.last() == Some(&b'\n') && (at == offset || at - remembered >= Self::EVERY) {
                self.remember(key, at, lines);
                remembered = at;
            }
        }
        Ok(lines)
    }

    /// The furthest known place that is neither behind an offset nor behind a number of lines.
    fn known(&self, key: LogKey, offset: Option<u64>, lines: u64) -> (u64, u64) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let places = counts.get(&key).map_or(&[][..], Vec::as_slice);
        let fits = |place: &&(u64, u64)| offset.is_none_or(|offset| place.0 <= offset) && place.1 <= lines;
        places.iter().filter(fits).max().copied().unwrap_or((0, 0))
    }

    /// Keeps a place, which is the start of a line.
    fn remember(&self, key: LogKey, offset: u64, lines: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= Self::LOGS && !counts.contains_key(&key) {
            counts.clear();
        }
        let places = counts.entry(key).or_default();
        if places.len() >= Self::LOGS {
            places.clear();
        }
        places.push((offset, lines));
    }
}
