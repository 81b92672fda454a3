//! Reads typed values of nodes, and reports what has another type.

use super::keys::{Status, Table};
use crate::Code;
use crate::diagnostic::suggest::{did_you_mean, is_slip};
use crate::diagnostic::{Report, Sink};
use crate::yaml::{Entry, Kind, Map, Node, Resolved};

/// Reports that a value has another type than it should.
pub(crate) fn wrong_type(sink: &Sink, node: &Node, what: &str, expected: &str) {
    let message = format!("{what} must be {expected}, not {}", node.describe());
    sink.push(Report::error(Code::WrongType, node.span, message).label(format!("expected {expected}")));
}

/// A map.
pub(crate) fn map<'a>(sink: &Sink, node: &'a Node, what: &str) -> Option<&'a Map> {
    let map = node.as_map();
    if map.is_none() {
        wrong_type(sink, node, what, "a map");
    }
    map
}

/// A list.
pub(crate) fn list<'a>(sink: &Sink, node: &'a Node, what: &str) -> Option<&'a [Node]> {
    let list = node.as_seq();
    if list.is_none() {
        wrong_type(sink, node, what, "a list");
    }
    list
}

/// A text. Numbers and booleans are taken as they are written.
pub(crate) fn text(sink: &Sink, node: &Node, what: &str) -> Option<String> {
    let text = node.as_text();
    if text.is_none() {
        wrong_type(sink, node, what, "a text");
    }
    text.map(str::to_owned)
}

/// A text that is not empty.
pub(crate) fn filled_text(sink: &Sink, node: &Node, what: &str) -> Option<String> {
    let text = text(sink, node, what)?;
    if text.trim().is_empty() {
        sink.push(Report::error(Code::InvalidValue, node.span, format!("{what} is empty")));
        return None;
    }
    Some(text)
}

/// A boolean, also as a text that spells one.
pub(crate) fn boolean(sink: &Sink, node: &Node, what: &str) -> Option<bool> {
    let value = node.as_scalar().and_then(|scalar| crate::yaml::boolean(scalar.text()));
    if value.is_none() {
        wrong_type(sink, node, what, "a boolean");
    }
    value
}

/// A whole number, also as a text that spells one.
pub(crate) fn integer(sink: &Sink, node: &Node, what: &str) -> Option<i64> {
    let value = node.as_scalar().and_then(|scalar| crate::yaml::integer(scalar.text().trim()));
    if value.is_none() {
        wrong_type(sink, node, what, "a whole number");
    }
    value
}

/// A text, or a list of texts.
pub(crate) fn texts(sink: &Sink, node: &Node, what: &str) -> Option<Vec<(String, crate::source::Span)>> {
    match &node.kind {
        Kind::Scalar(_) if node.is_null() => Some(Vec::new()),
        Kind::Scalar(_) => Some(vec![(text(sink, node, what)?, node.span)]),
        Kind::Seq(items) => {
            let each = format!("each item of {what}");
            Some(items.iter().filter_map(|item| Some((text(sink, item, &each)?, item.span))).collect())
        }
        Kind::Map(_) => {
            wrong_type(sink, node, what, "a text or a list of texts");
            None
        }
    }
}

/// A value that must be there.
pub(crate) fn required<'a>(sink: &Sink, node: &'a Node, map: &'a Map, key: &str, what: &str) -> Option<&'a Node> {
    let value = map.get(key);
    if value.is_none() {
        let message = format!("{what} needs the key `{key}`");
        // A key that is almost this one is where the mistake is.
        let report = match map.entries.iter().find(|entry| is_slip(&entry.key, key)) {
            Some(entry) => Report::error(Code::MissingKey, entry.key_span, message)
                .label(format!("this is `{}`", entry.key))
                .help(format!("did you mean `{key}`?")),
            None => Report::error(Code::MissingKey, node.span, message).label(format!("`{key}` is missing")),
        };
        sink.push(report);
    }
    value
}

/// Looks at the keys of a map: unknown ones, ones without effect, ones that are not built yet.
pub(crate) fn check_keys(sink: &Sink, map: &Map, table: &Table) {
    for entry in &map.entries {
        check_key(sink, entry, table);
    }
}

fn check_key(sink: &Sink, entry: &Entry, table: &Table) {
    let Entry { key, key_span, .. } = entry;
    let Some(known) = table.keys.iter().find(|known| known.name == &**key) else {
        let message = format!("{} has no key `{key}`: it is ignored", table.what);
        let help = did_you_mean(key, table.keys.iter().map(|known| known.name));
        sink.push(Report::warning(Code::UnknownKey, *key_span, message).help(help));
        return;
    };
    match known.status {
        Status::Supported | Status::Prose | Status::Accepted => {}
        Status::Deprecated => {
            let message = format!("`{key}` of {} is deprecated", table.what);
            sink.push(Report::warning(Code::Deprecated, *key_span, message).help(known.note.to_owned()));
        }
        Status::NotYet => {
            let message = format!("`{key}` of {} is not supported yet ({})", table.what, known.note);
            let help = "leaving it out silently would change what runs, so this is an error".to_owned();
            sink.push(Report::error(Code::NotSupported, *key_span, message).help(help));
        }
    }
}

/// Whether a scalar was written as a boolean, not as a text that spells one.
pub(crate) fn is_plain_boolean(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| matches!(scalar.resolve(), Resolved::Bool(_)))
}
