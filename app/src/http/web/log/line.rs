//! Lines of a log, rendered.

use askama::Template;
use model::event::StepKey;

use super::cursor::Position;
use crate::{
    http::{format::time_of_day, page::Html, web::ansi::Renderer},
    log::Mark,
};

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Counts from 1.
    pub number: u64,
    /// When it began to come, where that is known.
    pub time: String,
    /// As it is shown.
    pub html: Html,
    /// Whether it tells of an error.
    pub error: bool,
}

/// Lines of one step as HTML.
#[derive(Clone, Debug, Template)]
#[template(path = "part/line.html")]
pub struct Lines<'a> {
    /// The step's name in anchors.
    pub step: &'a str,
    /// The lines.
    pub lines: &'a [LogLine],
}

impl askama::filters::HtmlSafe for Lines<'_> {}

/// The name of a step in anchors: `s3`, of a repeated attempt `s3a1`.
pub fn anchor(key: StepKey) -> String {
    match key.attempt {
        0 => format!("s{}", key.step),
        attempt => format!("s{}a{attempt}", key.step),
    }
}

/// Renders the lines in `bytes`, which begin at `position`, and moves it behind the last complete one. A line without an
/// end comes last; the position stays before it, since it comes again when there is more of it.
pub fn render(bytes: &[u8], position: &mut Position, marks: &[Mark], failed: bool) -> Vec<LogLine> {
    let mut renderer = Renderer::resume(position.style);
    let mut lines = Vec::new();
    let mut line = |bytes: &[u8], position: &Position, renderer: &mut Renderer| {
        let at = marks.partition_point(|mark| mark.offset <= position.offset);
        let line = renderer.line(bytes);
        lines.push(LogLine {
            number: position.line,
            time: at.checked_sub(1).and_then(|at| marks.get(at)).map(|mark| time_of_day(mark.at)).unwrap_or_default(),
            error: failed && tells_of_error(&line.text),
            html: line.html,
        });
    };
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        line(&rest[..end], position, &mut renderer);
        position.offset += end as u64 + 1;
        position.line += 1;
        position.style = renderer.style();
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        line(rest, position, &mut renderer.clone());
    }
    lines
}

/// Whether a line begins as tools begin the lines that tell of an error. Asked only of steps that failed.
fn tells_of_error(text: &str) -> bool {
    const STARTS: [&str; 14] = [
        "error:",
        "error[",
        "Error:",
        "ERROR:",
        "ERROR ",
        "[ERROR]",
        "fatal:",
        "FATAL",
        "FAIL ",
        "FAILED",
        "--- FAIL",
        "AssertionError",
        "npm ERR!",
        "panic:",
    ];
    let text = text.trim_start();
    STARTS.iter().any(|start| text.starts_with(start)) || (text.starts_with("thread '") && text.contains("panicked at"))
}
