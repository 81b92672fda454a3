//! How far a browser has got.

use std::{collections::BTreeMap, fmt, str::FromStr};

use model::{event::StepKey, protocol::Epoch};

use crate::http::web::ansi::Style;

/// A place between two lines of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// Number of the line that begins here.
    pub line: u64,
    /// What earlier lines have left switched on.
    pub style: Style,
}

impl Default for Position {
    fn default() -> Self {
        Self { offset: 0, line: 1, style: Style::default() }
    }
}

/// How far a browser has got in all logs of a task.
///
/// It names for each log where its first unfinished line begins: complete lines before it were sent, the unfinished one is
/// sent again whenever it has grown, and takes its own place. So nothing is lost and nothing is doubled, wherever a
/// connection breaks. Its text goes with each event as its id, and comes back as `Last-Event-ID`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The claim of the task whose logs these are.
    pub epoch: u32,
    /// By log; those that are missing begin at their start.
    pub logs: BTreeMap<StepKey, Position>,
}

impl Cursor {
    /// At the start of all logs of a claim.
    pub const fn start(epoch: Epoch) -> Self {
        Self { epoch: epoch.0, logs: BTreeMap::new() }
    }

    /// The position in one log.
    pub fn position(&self, key: StepKey) -> Position {
        self.logs.get(&key).copied().unwrap_or_default()
    }
}

impl fmt::Display for Cursor {
    /// `2~3.0.4096.17.0~…`: the claim, then step, attempt, offset, line and style of each log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.epoch)?;
        for (key, Position { offset, line, style }) in &self.logs {
            write!(f, "~{key}.{offset}.{line}.{}", style.pack())?;
        }
        Ok(())
    }
}

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a place in the logs of a job")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let mut parts = text.split('~');
        let epoch = parts.next().and_then(|epoch| epoch.parse().ok()).ok_or(NoCursor)?;
        let logs = parts.map(|part| entry(part).ok_or(NoCursor)).collect::<Result<_, _>>()?;
        Ok(Self { epoch, logs })
    }
}

fn entry(part: &str) -> Option<(StepKey, Position)> {
    let numbers: Vec<u64> = part.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [step, attempt, offset, line, style] = *numbers.as_slice() else { return None };
    // Every line but the last has at least its end, and no file is that long.
    if offset > i64::MAX.unsigned_abs() || !(1..=offset + 1).contains(&line) {
        return None;
    }
    let key = StepKey { step: u32::try_from(step).ok()?, attempt: u32::try_from(attempt).ok()? };
    let style = Style::unpack(u32::try_from(style).ok()?);
    Some((key, Position { offset, line, style }))
}
