//! Texts that CircleCI's reader of YAML takes and ours refuses, rewritten so that every place stays where it is.

use saphyr_parser::ScanError;

/// The text without what the reader stumbled over at a byte, if that is something to be lenient about.
pub(super) fn repaired(text: &str, error: &ScanError, at: usize) -> Option<String> {
    let info = error.info();
    if info.contains("tab") {
        let spaced = spaces_for_tabs(text);
        return (spaced != text).then_some(spaced);
    }
    let is_flow = info == "invalid indentation" || info == "invalid indentation in flow construct";
    if is_flow { joined(text, at) } else { None }
}

/// Tabs at the end of a line and before a comment, as spaces.
fn spaces_for_tabs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content =
            line.split_once(" #").or_else(|| line.split_once("\t#")).map_or(line, |(content, _)| content).trim_end();
        out.push_str(content);
        out.push_str(&line[content.len()..].replace('\t', " "));
    }
    out
}

/// Within `[ ]` and `{ }` a line may begin anywhere: the line of a place is joined with the one above. What stands between
/// becomes spaces, comments included.
fn joined(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    if !before[before.rfind('\n')? + 1..].trim().is_empty() {
        return None;
    }
    let mut end = before.trim_end().len();
    loop {
        let line_start = before[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = &before[line_start..end];
        let content = match line.trim_start().starts_with('#') {
            true => "",
            false => line.split_once(" #").map_or(line, |(content, _)| content).trim_end(),
        };
        end = line_start + content.len();
        if !content.is_empty() {
            break;
        }
        end = before[..end].trim_end().len();
        if end == 0 {
            return None;
        }
    }
    Some(format!("{}{}{}", &before[..end], " ".repeat(at - end), &text[at..]))
}
