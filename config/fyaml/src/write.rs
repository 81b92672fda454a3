//! Trees to YAML, in the form that CircleCI's command line writes packed files: four spaces, lists below their key.
//! Packed files are often committed, so that the form is part of the result.

use std::fmt::Write as _;

use super::tree::{Scalar, Tree};

const INDENT: usize = 4;

/// Writes a document.
pub fn write(tree: &Tree) -> String {
    let mut out = String::new();
    match tree {
        Tree::Map(map) if !map.is_empty() => block(&mut out, tree, 0),
        Tree::List(items) if !items.is_empty() => block(&mut out, tree, 0),
        Tree::Map(_) | Tree::List(_) | Tree::Scalar(_) => {
            inline(&mut out, tree, 0, 0);
            out.push('\n');
        }
    }
    out
}

/// The next depth: inside a list item beside its dash, otherwise at the next multiple.
fn deeper(indent: usize, in_item: bool) -> usize {
    if in_item { indent + 2 } else { INDENT * ((indent + INDENT) / INDENT) }
}

/// Writes a collection whose first line is already indented.
fn block(out: &mut String, tree: &Tree, indent: usize) {
    let mut first = true;
    let mut start = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.extend(std::iter::repeat_n(' ', indent));
        }
    };
    match tree {
        Tree::Scalar(_) => {}
        Tree::List(items) => {
            for item in items {
                start(out);
                out.push_str("- ");
                if is_block(item) {
                    block(out, item, deeper(indent, true));
                } else {
                    inline(out, item, indent, deeper(indent, true));
                    out.push('\n');
                }
            }
        }
        Tree::Map(map) => {
            for (key, value) in map {
                start(out);
                text(out, key, None);
                out.push(':');
                let deep = deeper(indent, false);
                if is_block(value) {
                    out.push('\n');
                    out.extend(std::iter::repeat_n(' ', deep));
                    block(out, value, deep);
                } else {
                    out.push(' ');
                    inline(out, value, indent, deep);
                    out.push('\n');
                }
            }
        }
    }
}

fn is_block(tree: &Tree) -> bool {
    match tree {
        Tree::Scalar(_) => false,
        Tree::List(items) => !items.is_empty(),
        Tree::Map(map) => !map.is_empty(),
    }
}

/// Writes what fits behind a dash or a colon. `parent` and `indent`: where the collection stands, and lines below it.
fn inline(out: &mut String, tree: &Tree, parent: usize, indent: usize) {
    match tree {
        Tree::List(_) => out.push_str("[]"),
        Tree::Map(_) => out.push_str("{}"),
        Tree::Scalar(Scalar::Literal(literal)) => out.push_str(literal),
        Tree::Scalar(Scalar::Text(value)) => text(out, value, Some((parent, indent))),
    }
}

fn text(out: &mut String, text: &str, place: Option<(usize, usize)>) {
    match place {
        Some((parent, indent)) if text.contains('\n') && is_block_safe(text) => literal(out, text, parent, indent),
        _ if text.contains('\n') || !reads_as_text(text) || has_special(text) => quoted(out, text),
        _ if is_plain_safe(text) => out.push_str(text),
        _ => {
            let _ = write!(out, "'{}'", text.replace('\'', "''"));
        }
    }
}

/// Whether a text without quotes stays a text, to readers of YAML 1.1 as well.
fn reads_as_text(text: &str) -> bool {
    matches!(Scalar::plain(text), Scalar::Text(_))
        && !matches!(text, "y" | "Y" | "n" | "N")
        // Numbers to the base of 60, and dates.
        && !text.starts_with(|first: char| first.is_ascii_digit() || first == '-' || first == '+')
        || is_version(text)
}

/// `1.2.3`, `5-alpine`: begins like a number and is none, not even to an old reader.
fn is_version(text: &str) -> bool {
    matches!(Scalar::plain(text), Scalar::Text(_))
        && text
            .bytes()
            .any(|byte| !byte.is_ascii_digit() && !matches!(byte, b':' | b'_' | b'-' | b'+' | b'T' | b'Z' | b' '))
        && (!text.contains(':') || text.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

fn has_special(text: &str) -> bool {
    text.chars().any(|char| {
        (char < ' ' && char != '\n')
            || matches!(char, '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    })
}

fn is_plain_safe(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second_is_blank = text.chars().nth(1).is_none_or(|second| second == ' ');
    let is_indicator = "#,[]{}&*!|>'\"%@` ".contains(first) || matches!(first, '-' | '?' | ':') && second_is_blank;
    !is_indicator
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && text != "<<"
        && text != "="
}

/// Whether lines can stand as they are below a `|`.
fn is_block_safe(text: &str) -> bool {
    let blank = |line: &str| line.ends_with([' ', '\t']);
    !text.trim_end_matches('\n').is_empty()
        && text.lines().all(|line| !blank(line))
        && text.chars().all(|char| char == '\t' || !has_special(char.encode_utf8(&mut [0; 4])))
}

fn literal(out: &mut String, text: &str, parent: usize, indent: usize) {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    out.push('|');
    if body.starts_with([' ', '\n', '\t']) {
        let _ = write!(out, "{}", indent - parent);
    }
    out.push_str(match ends {
        0 => "-",
        1 => "",
        _ => "+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    out.extend(std::iter::repeat_n('\n', ends.saturating_sub(1)));
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            char if has_special(char.encode_utf8(&mut [0; 4])) => {
                let _ = match u32::from(char) {
                    code @ 0..=0xff => write!(out, "\\x{code:02X}"),
                    code => write!(out, "\\u{code:04X}"),
                };
            }
            char => out.push(char),
        }
    }
    out.push('"');
}
