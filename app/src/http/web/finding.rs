//! A finding of the compiler with its lines, and the place marked.

use config::{Diagnostic, Label};

use super::part::prose;
use crate::http::page::Html;

/// A finding.
#[derive(Clone, Debug)]
pub struct Finding {
    pub code: String,
    pub message: Html,
    pub help: Option<Html>,
    pub excerpts: Vec<ExcerptView>,
}

/// A place with the lines around it.
#[derive(Clone, Debug)]
pub struct ExcerptView {
    /// `.circleci/config.yml:18:9`
    pub place: String,
    /// Address of the line in the source, when it is the pipeline's own.
    pub anchor: Option<String>,
    pub lines: Vec<SourceLine>,
}

/// A line of a source; or, without a number, the carets under the one before.
#[derive(Clone, Debug)]
pub struct SourceLine {
    pub number: Option<u32>,
    pub text: String,
    pub hit: bool,
}

/// The path under which the compiler knows the pipeline's own configuration.
const CONFIG_PATH: &str = ".circleci/config.yml";

/// Makes the view of a finding. `source` is the address of the page that shows the configuration.
pub fn view(diagnostic: &Diagnostic, source: &str) -> Finding {
    Finding {
        code: diagnostic.code.to_string(),
        message: prose(&diagnostic.message),
        help: diagnostic.help.as_deref().map(prose),
        excerpts: diagnostic.labels().map(|label| excerpt(label, source)).collect(),
    }
}

fn excerpt(label: &Label, source: &str) -> ExcerptView {
    let mut lines = Vec::new();
    for (number, text) in (label.excerpt.first_line..).zip(&label.excerpt.lines) {
        let hit = (label.line..=label.end_line).contains(&number);
        lines.push(SourceLine { number: Some(number), text: text.clone(), hit });
        if number == label.line {
            lines.push(SourceLine { number: None, text: carets(label, text), hit: true });
        }
    }
    ExcerptView {
        place: format!("{}:{}:{}", label.file, label.line, label.column),
        anchor: (label.file == CONFIG_PATH).then(|| format!("{source}#c-{}", label.line)),
        lines,
    }
}

/// Carets under the marked part of a line. Tabs stay tabs, so that they stand where the text stands.
fn carets(label: &Label, line: &str) -> String {
    let start = label.column.saturating_sub(1) as usize;
    let length = line.chars().count();
    let end = if label.end_line == label.line { label.end_column.saturating_sub(1) as usize } else { length };
    let indent: String = line.chars().take(start).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let marked = end.min(length.max(start + 1)).saturating_sub(start).max(1);
    format!("{indent}{} {}", "^".repeat(marked), label.text).trim_end().to_owned()
}
