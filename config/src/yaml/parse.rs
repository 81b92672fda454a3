//! Text to nodes.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::build::Builder;
use super::repair::repaired;
use super::{Node, Scalar};
use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::source::{File, FileId, Span};

/// A longer text is refused unread.
const MAX_BYTES: usize = 8 << 20;

/// Bytes that are read again after a repair, in all.
const MAX_REPAIRED: usize = 16 << 20;

/// Reads the one document of a file. `None` after an error; an empty text is a null node.
pub(crate) fn parse(file: &File, id: FileId, sink: &Sink) -> Option<Node> {
    let text = &*file.text;
    let at_start = Span { file: id, start: 0, end: 0 };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; a configuration may have {MAX_BYTES}", text.len());
        sink.push(Report::error(Code::TooLarge, at_start, message));
        return None;
    }
    let mut lenient = Cow::Borrowed(text);
    let mut repairs = (MAX_REPAIRED / text.len().max(1)).clamp(1, 200);
    loop {
        let error = match read(&lenient, id, sink) {
            Ok(node) => return Some(node),
            Err(Stop::Reported) => return None,
            Err(Stop::Syntax(error)) => error,
        };
        let at = Offsets::new(&lenient, id).at(error.marker().index()).start as usize;
        match repaired(&lenient, &error, at) {
            Some(text) if repairs > 0 => lenient = Cow::Owned(text),
            Some(_) | None => {
                syntax_error(sink, text, id, &error);
                return None;
            }
        }
        repairs -= 1;
    }
}

/// Why reading ends early.
enum Stop {
    /// The text is not YAML.
    Syntax(ScanError),
    /// Something else, which is already reported.
    Reported,
}

fn read(text: &str, id: FileId, sink: &Sink) -> Result<Node, Stop> {
    let at_start = Span { file: id, start: 0, end: 0 };
    let offsets = Offsets::new(text, id);
    let mut builder = Builder::new(sink);
    // A byte order mark is not part of the document.
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok((event, span)) => (event, offsets.span(span)),
            Err(error) => return Err(Stop::Syntax(error)),
        };
        let going_on = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged_text = tag.as_ref().is_some_and(|tag| {
                    tag.is_yaml_core_schema() && tag.suffix == "str" || tag.handle == "!" && tag.suffix.is_empty()
                });
                let plain = style == ScalarStyle::Plain && !tagged_text;
                let scalar = if plain { Scalar::plain(&*text) } else { Scalar::string(&*text) };
                builder.scalar(span, scalar, anchor)
            }
            Event::SequenceStart(anchor, _) => builder.open(span, anchor, false),
            Event::MappingStart(anchor, _) => builder.open(span, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::Alias(anchor) => builder.alias(span, anchor),
            Event::DocumentStart(_) if builder.is_done() => {
                let report = Report::error(Code::YamlSyntax, span, "there is a second document in the file");
                sink.push(
                    report
                        .label("it begins here")
                        .help("keep one document: remove this `---` and what follows".to_owned()),
                );
                return Err(Stop::Reported);
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {
                true
            }
        };
        if !going_on {
            return Err(Stop::Reported);
        }
    }
    Ok(builder.finish().unwrap_or_else(|| Node::plain(at_start, "")))
}

/// Reports what the parser stumbled over, in words that help.
fn syntax_error(sink: &Sink, text: &str, id: FileId, error: &ScanError) {
    let info = error.info();
    let span = Offsets::new(text, id).at(error.marker().index());
    let span = match info.contains("tab") {
        true => first_tab(text, span).unwrap_or(span),
        false => span,
    };
    let line_start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let indent =
        text[line_start..].split(|char: char| !char.is_whitespace() || char == '\n').next().unwrap_or_default();
    let is_invisible = |char: char| matches!(char, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{a0}');
    let near_start = text[..line_start].trim_end().rfind('\n').map_or(0, |at| at + 1);
    let near_end = text[span.start as usize..].find('\n').map_or(text.len(), |at| span.start as usize + at);
    let is_conflict = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") || line == "=======";
    let help = if text[near_start..near_end].lines().any(is_conflict) {
        Some("here is the mark of a merge conflict: resolve it")
    } else if text[near_start..near_end].contains(is_invisible) {
        Some("an invisible character stands in this line or the one above: type the line anew")
    } else if indent.contains('\t') {
        Some("indent with spaces: YAML does not allow tabs there")
    } else if info.contains("unknown anchor") {
        Some("define it first with `&name`; an alias can only name what stands above it")
    } else if info.contains("simple key") || info.contains("block collection") || info.contains("did not find expected")
    {
        Some(
            "check the indentation of this line and the one above, and quote a value that holds `: ` or starts with a special character",
        )
    } else if info.contains("mapping values are not allowed") {
        Some(
            "a value stands on the line of its key, and more stands below it; keep one of them, or quote a value that holds `: `",
        )
    } else if info.contains("flow") || info.contains("quoted scalar") || info.contains("end of stream") {
        Some("a quote, `[` or `{` that is opened must be closed")
    } else {
        None
    };
    let report = Report::error(Code::YamlSyntax, span, format!("the file is not valid YAML: {info}"));
    let report = match opened(text, span.start as usize).filter(|_| info.contains("flow")) {
        Some(at) => report.related(Span { file: id, start: at as u32, end: at as u32 + 1 }, "opened here"),
        None => report,
    };
    sink.push(report.help(help.map(str::to_owned)));
}

/// The last `[` or `{` before a place that nothing closes up to there.
fn opened(text: &str, at: usize) -> Option<usize> {
    let mut closed = 0_usize;
    for (place, char) in text[..at].char_indices().rev().take(8192) {
        match char {
            ']' | '}' => closed += 1,
            '[' | '{' if closed == 0 => return Some(place),
            '[' | '{' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// The first tab in an indentation, in the line of a place or below: the parser may stop before it.
fn first_tab(text: &str, span: Span) -> Option<Span> {
    let mut start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    for line in text[start..].split_inclusive('\n').take(3) {
        let indent = line.len() - line.trim_start().len();
        if let Some(at) = line[..indent].find('\t') {
            let at = (start + at) as u32;
            return Some(Span { file: span.file, start: at, end: at + 1 });
        }
        start += line.len();
    }
    None
}

/// From the parser's places, in characters, to ours, in bytes.
struct Offsets {
    file: FileId,
    /// Byte of each character; empty for ASCII, where they are the same.
    bytes: Vec<u32>,
    end: u32,
}

impl Offsets {
    fn new(text: &str, file: FileId) -> Self {
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at as u32).collect() };
        Self { file, bytes, end: text.len() as u32 }
    }

    fn byte(&self, index: usize) -> u32 {
        if self.bytes.is_empty() {
            (index as u32).min(self.end)
        } else {
            self.bytes.get(index).copied().unwrap_or(self.end)
        }
    }

    fn at(&self, index: usize) -> Span {
        Span { file: self.file, start: self.byte(index), end: self.byte(index + 1) }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.byte(span.start.index());
        Span { file: self.file, start, end: self.byte(span.end.index()).max(start) }
    }
}
