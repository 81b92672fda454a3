//! A finding as text for a terminal, in the style of rustc.

use std::fmt::Write as _;

use super::{Diagnostic, Label, Severity};

/// How parts are painted.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn wrap(self, style: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Error => self.wrap("1;31", text),
            Severity::Warning => self.wrap("1;33", text),
        }
    }

    fn gutter(self, text: &str) -> String {
        self.wrap("1;34", text)
    }

    fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }
}

impl Diagnostic {
    /// The whole report: message, source lines with carets, help. Ends with a line's end.
    pub fn render(&self, color: bool) -> String {
        let paint = Paint { color };
        let mut out = String::new();
        let head = format!("{}[{}]", self.severity.name(), self.code);
        let _ = writeln!(out, "{}{}", paint.severity(self.severity, &head), paint.bold(&format!(": {}", self.message)));
        let width = self.labels().map(|label| last_line(label).to_string().len()).max().unwrap_or(1);
        for (index, label) in self.labels().enumerate() {
            excerpt(&mut out, paint, label, width, (index == 0).then_some(self.severity));
        }
        if let Some(help) = &self.help {
            let mut lines = help.lines();
            let _ = writeln!(
                out,
                "{:width$} {} {}",
                "",
                paint.gutter("="),
                [paint.bold("help").as_str(), lines.next().unwrap_or_default()].join(": ")
            );
            for line in lines {
                let _ = writeln!(out, "{:width$}         {line}", "");
            }
        }
        out
    }
}

fn last_line(label: &Label) -> u32 {
    label.excerpt.first_line + label.excerpt.lines.len().saturating_sub(1) as u32
}

/// Writes one place with the lines around it. `severity` is given for the primary place.
fn excerpt(out: &mut String, paint: Paint, label: &Label, width: usize, severity: Option<Severity>) {
    let arrow = if severity.is_some() { "-->" } else { ":::" };
    let Label { file, line, column, end_line, end_column, text, excerpt } = label;
    let _ = writeln!(out, "{:width$}{} {file}:{line}:{column}", "", paint.gutter(arrow));
    let _ = writeln!(out, "{:width$} {}", "", paint.gutter("|"));
    let marks = |text: &str| match severity {
        Some(severity) => paint.severity(severity, text),
        None => paint.gutter(text),
    };
    let mark = if severity.is_some() { "^" } else { "-" };
    for (number, source) in (excerpt.first_line..).zip(&excerpt.lines) {
        // Lines around the place are for orientation; empty ones orient nobody.
        if !(*line..=*end_line).contains(&number) && (source.trim().is_empty() || severity.is_none()) {
            continue;
        }
        let shown = source.replace('\t', " ");
        let _ =
            writeln!(out, "{} {} {}", paint.gutter(&format!("{number:width$}")), paint.gutter("|"), shown.trim_end());
        // A place of several lines is marked in its first line only.
        if number == *line {
            let length = source.chars().count() as u32;
            let end = if end_line == line { *end_column } else { length + 1 };
            let carets = mark.repeat(end.min(length + 1).saturating_sub(*column).max(1) as usize);
            let _ = write!(
                out,
                "{:width$} {} {:indent$}{}",
                "",
                paint.gutter("|"),
                "",
                marks(&carets),
                indent = (*column as usize - 1).min(length as usize)
            );
            let _ = writeln!(out, "{}", if text.is_empty() { String::new() } else { marks(&format!(" {text}")) });
        }
    }
}
