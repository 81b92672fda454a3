//! A place in a source, with what is to be said about it.

use serde::{Deserialize, Serialize};

use crate::source::{Files, Span};

/// Lines that a report shows around a place.
const CONTEXT_LINES: u32 = 1;
/// A place of more lines than this is shown by its first lines.
const MAX_LINES: u32 = 6;
/// Longer lines are cut.
const MAX_LINE_CHARS: usize = 400;

/// A place in a source, with what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Shown path of the file.
    pub file: String,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1, in characters.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// What is to be said about it; may be empty.
    #[serde(default, rename = "label")]
    pub text: String,
    /// The lines around it.
    pub excerpt: Excerpt,
}

/// Some lines of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Number of the first, from 1.
    pub first_line: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
}

impl Label {
    /// Looks a place up.
    pub(super) fn new(files: &Files, span: Span, text: String) -> Self {
        let file = files.get(span.file);
        // A place that ends with a line's end (a block scalar) is shown without it.
        let piece = file.slice(span);
        let end = span.start + piece.trim_end().len().max(usize::from(!piece.is_empty())) as u32;
        let (line, column) = file.position(span.start);
        let (end_line, end_column) = file.position(end.max(span.start));
        let first_line = line.saturating_sub(CONTEXT_LINES).max(1);
        let last_line = end_line.min(line + MAX_LINES - 1) + CONTEXT_LINES;
        let lines = (first_line..=last_line)
            .map_while(|number| file.line(number))
            .map(|text| text.chars().take(MAX_LINE_CHARS).collect())
            .collect();
        let file = file.name.to_string();
        Self { file, line, column, end_line, end_column, text, excerpt: Excerpt { first_line, lines } }
    }
}
