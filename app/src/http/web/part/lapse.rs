//! How long something took, or has taken so far.

use askama::Template;
use model::time::Timestamp;

/// How long something took. While it goes on, the browser counts on: it is told seconds, never a time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "part/lapse.html")]
pub enum Lapse {
    /// Nothing to tell.
    #[default]
    None,
    /// It goes on, since so many seconds.
    Running(i64),
    /// It is over, after so many milliseconds.
    Over(i64),
}

impl askama::filters::HtmlSafe for Lapse {}

impl Lapse {
    /// From its start (if it has) to its end (if it has).
    pub fn new(start: Option<Timestamp>, end: Option<Timestamp>, now: Timestamp) -> Self {
        match (start, end) {
            (None, _) => Self::None,
            (Some(start), Some(end)) => Self::Over(end.millis_since(start).max(0)),
            (Some(start), None) => Self::Running((now.millis_since(start) / 1_000).max(0)),
        }
    }

    /// Whether there is something to tell.
    pub fn is_some(&self) -> bool {
        *self != Self::None
    }
}
