//! A point in time, relative and exact.

use askama::Template;
use model::time::Timestamp;

use crate::http::format;

/// A point in time: an age, with the exact time where the pointer rests.
#[derive(Clone, Debug, Template)]
#[template(path = "part/when.html")]
pub struct When {
    text: String,
    machine: String,
    moment: String,
}

impl askama::filters::HtmlSafe for When {}

impl When {
    /// `19m`.
    pub fn age(then: Timestamp, now: Timestamp) -> Self {
        Self::with(format::age(then, now), then)
    }

    /// `19m ago`.
    pub fn ago(then: Timestamp, now: Timestamp) -> Self {
        Self::with(format::ago(then, now), then)
    }

    fn with(text: String, then: Timestamp) -> Self {
        Self { text, machine: format::machine(then), moment: format::moment(then) }
    }
}
