//! Nodes to text, in the form that `circleci config process` prints.

use std::fmt::Write as _;

use super::{Kind, Node, Resolved, Scalar};

/// Writes a document.
pub(crate) fn write(node: &Node) -> String {
    let mut out = String::new();
    match &node.kind {
        Kind::Scalar(scalar) => {
            write_scalar(&mut out, scalar, 0);
            out.push('\n');
        }
        Kind::Seq(_) | Kind::Map(_) => write_block(&mut out, node, 0),
    }
    out
}

/// Writes a list or a map, each item on lines of its own. The first line is already indented by the caller's hand.
fn write_block(out: &mut String, node: &Node, indent: usize) {
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::Seq(items) => {
            for (at, item) in items.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { indent });
                out.push('-');
                match &item.kind {
                    Kind::Seq(inner) if !inner.is_empty() => {
                        out.push(' ');
                        write_block(out, item, indent + 2);
                    }
                    Kind::Map(inner) if !inner.entries.is_empty() => {
                        out.push(' ');
                        write_block(out, item, indent + 2);
                    }
                    Kind::Scalar(_) | Kind::Seq(_) | Kind::Map(_) => {
                        write_inline(out, item, indent + 2);
                        out.push('\n');
                    }
                }
            }
        }
        Kind::Map(map) => {
            for (at, entry) in map.entries.iter().enumerate() {
                pad(out, if at == 0 { 0 } else { indent });
                write_scalar(out, &Scalar::string(entry.key.as_ref()), indent);
                out.push(':');
                match &entry.value.kind {
                    // A list below a key stands at the key's own depth.
                    Kind::Seq(items) if !items.is_empty() => {
                        out.push('\n');
                        pad(out, indent);
                        write_block(out, &entry.value, indent);
                    }
                    Kind::Map(inner) if !inner.entries.is_empty() => {
                        out.push('\n');
                        pad(out, indent + 2);
                        write_block(out, &entry.value, indent + 2);
                    }
                    Kind::Scalar(_) | Kind::Seq(_) | Kind::Map(_) => {
                        write_inline(out, &entry.value, indent + 2);
                        out.push('\n');
                    }
                }
            }
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Writes a scalar or an empty collection behind a `-` or a `:`.
fn write_inline(out: &mut String, node: &Node, indent: usize) {
    match &node.kind {
        Kind::Seq(_) => out.push_str(" []"),
        Kind::Map(_) => out.push_str(" {}"),
        Kind::Scalar(scalar) => {
            if scalar.is_null() {
                return;
            }
            out.push(' ');
            write_scalar(out, scalar, indent);
        }
    }
}

fn write_scalar(out: &mut String, scalar: &Scalar, indent: usize) {
    let text = scalar.text();
    // A text that would be read as something else is quoted.
    let reads_as_text = Scalar::plain(text).resolve() == Resolved::Text;
    if is_plain_safe(text) && (scalar.is_plain() || reads_as_text) {
        out.push_str(text);
    } else if is_block_safe(text) {
        write_literal(out, text, indent);
    } else {
        write_quoted(out, text);
    }
}

/// Whether a text can stand without quotes.
fn is_plain_safe(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let starts_well = !"-?:,[]{}#&*!|>'\"%@` ".contains(first)
        || matches!(first, '-' | '?' | ':')
            && text.chars().nth(1).is_some_and(|second| !second.is_whitespace() && !",[]{}".contains(second));
    starts_well
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && text != "<<"
        && text.chars().all(|char| char >= ' ' && char != '\u{7f}' && !is_special(char))
}

/// Characters that YAML has meanings of its own for, or that do not print.
fn is_special(char: char) -> bool {
    matches!(char, '\u{80}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text of several lines can stand as it is below a `|`.
fn is_block_safe(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    body.contains('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && text.chars().all(|char| (char >= ' ' || matches!(char, '\n' | '\t')) && char != '\u{7f}' && !is_special(char))
        // A line of nothing but blanks would be taken for indentation.
        && body.lines().all(|line| line.is_empty() || !line.trim().is_empty())
}

fn write_literal(out: &mut String, text: &str, indent: usize) {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    out.push_str(match ends {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent.max(1));
            out.push_str(line);
        }
    }
    out.extend(std::iter::repeat_n('\n', ends.saturating_sub(1)));
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            char if char < ' ' || char == '\u{7f}' || is_special(char) => {
                let _ = match u32::from(char) {
                    code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                    code => write!(out, "\\u{code:04x}"),
                };
            }
            char => out.push(char),
        }
    }
    out.push('"');
}
