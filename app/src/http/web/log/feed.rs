//! What a browser does not have yet.

use std::{collections::BTreeMap, io};

use model::event::StepKey;
use store::task::Task;

use super::{
    cursor::{Cursor, Position},
    line::{LogLine, render},
    window::{LineCounts, last, read},
};
use crate::log::{LogKey, Logs};

/// More bytes than this are not sent line by line: a reader cannot follow them, and the raw log has them.
const MOST_BYTES: u64 = 1 << 20;

/// The most lines of one piece.
const MOST_LINES: u64 = 1_000;

/// The new lines of one log.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Which log.
    pub key: StepKey,
    /// Its new lines; the first may be one that was sent before, unfinished.
    pub lines: Vec<LogLine>,
    /// Lines before them that are passed over.
    pub skipped: u64,
    /// Where the browser is when it has this piece.
    pub cursor: Cursor,
}

/// Follows all logs of a task for one browser.
#[derive(Debug)]
pub struct Feed {
    logs: Logs,
    counts: LineCounts,
    cursor: Cursor,
    /// Sizes that were looked at: a log that has not grown has nothing new.
    seen: BTreeMap<StepKey, u64>,
}

impl Feed {
    /// Goes on where a browser is.
    pub const fn new(logs: Logs, counts: LineCounts, cursor: Cursor) -> Self {
        Self { logs, counts, cursor, seen: BTreeMap::new() }
    }

    /// Whether the browser shows the logs of this claim: if not, what it shows is void.
    pub fn is_of(&self, task: &Task) -> bool {
        self.cursor.epoch == task.epoch.0 || self.cursor.logs.is_empty()
    }

    /// All that has come since the last time.
    pub async fn next(&mut self, task: &Task) -> io::Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        self.cursor.epoch = task.epoch.0;
        for (step, size) in self.logs.sizes(task).await? {
            if self.seen.insert(step, size) == Some(size) {
                continue;
            }
            let key = LogKey::of(task, step);
            let mut position = self.cursor.position(step);
            let mut skipped = 0;
            if size.saturating_sub(position.offset) > MOST_BYTES {
                let (offset, before) = last(&self.logs, &self.counts, key, size, MOST_LINES).await?;
                skipped = (before + 1).saturating_sub(position.line);
                position = Position { offset, line: before + 1, ..Position::default() };
            }
            if size <= position.offset {
                continue;
            }
            let bytes = read(&self.logs, key, position.offset, size - position.offset).await?;
            let marks = self.logs.marks(key).await?;
            let mut lines = render(&bytes, &mut position, &marks, false);
            let excess = lines.len().saturating_sub(MOST_LINES as usize);
            lines.drain(..excess);
            self.cursor.logs.insert(step, position);
            pieces.push(Piece { key: step, lines, skipped: skipped + excess as u64, cursor: self.cursor.clone() });
        }
        Ok(pieces)
    }
}
