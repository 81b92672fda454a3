//! A configuration as it was read, with keys and values told apart.

use crate::http::page::{Html, escape};

/// A line of a configuration.
#[derive(Clone, Debug)]
pub struct ColouredLine {
    pub number: usize,
    pub html: Html,
}

/// The lines of a YAML text. Colouring knows single lines only; what it takes for something else is still shown as it is.
pub fn lines(text: &str) -> Vec<ColouredLine> {
    text.lines().enumerate().map(|(at, line)| ColouredLine { number: at + 1, html: line_html(line) }).collect()
}

fn line_html(line: &str) -> Html {
    let mut html = String::new();
    let body = line.trim_start_matches([' ', '\t']);
    html.push_str(&line[..line.len() - body.len()]);
    let mut rest = body;
    while let Some(after) = rest.strip_prefix("- ") {
        html.push_str("- ");
        rest = after;
    }
    let (code, comment) = split_comment(rest);
    match key(code) {
        Some((key, value)) => {
            span(&mut html, "a34", key);
            html.push(':');
            let gap = value.len() - value.trim_start().len();
            html.push_str(&value[..gap]);
            span(&mut html, "a32", &value[gap..]);
        }
        None => span(&mut html, "a32", code),
    }
    span(&mut html, "a90", comment);
    Html::trusted(html)
}

fn span(html: &mut String, class: &str, text: &str) {
    if !text.is_empty() {
        html.push_str("<b class=\"");
        html.push_str(class);
        html.push_str("\">");
        escape(text, html);
        html.push_str("</b>");
    }
}

/// A key that is a plain or quoted word, and what follows its colon.
fn key(code: &str) -> Option<(&str, &str)> {
    let end = code.match_indices(':').map(|(at, _)| at).find(|at| {
        let after = &code[at + 1..];
        after.is_empty() || after.starts_with([' ', '\t'])
    })?;
    let key = &code[..end];
    let plain = !key.is_empty() && !key.contains(['{', '[', '"', '\'', '$', '|', ';']) || is_quoted(key);
    plain.then(|| (key, &code[end + 1..]))
}

fn is_quoted(key: &str) -> bool {
    ['"', '\''].iter().any(|quote| key.len() > 1 && key.starts_with(*quote) && key.ends_with(*quote))
}

/// A comment begins at a `#` at the start or after a space, outside of quotes.
fn split_comment(code: &str) -> (&str, &str) {
    let mut quote = None;
    let mut before = ' ';
    for (at, character) in code.char_indices() {
        match (quote, character) {
            (None, '#') if before.is_whitespace() => return code.split_at(at),
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            _ => {}
        }
        before = character;
    }
    (code, "")
}
