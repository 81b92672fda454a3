//! One finding.

use serde::{Deserialize, Serialize};

use super::{Code, Label};

/// Whether a finding stops the compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can run.
    Error,
    /// It runs; somebody should look.
    Warning,
}

impl Severity {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding: what is wrong, where, why, and what to do.
///
/// It is whole in itself: names, positions and source lines are in it, so it can be stored and drawn without the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable name of the kind of finding.
    pub code: Code,
    /// Whether it stops the compilation.
    pub severity: Severity,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where.
    #[serde(flatten)]
    pub primary: Label,
    /// Other places that matter: where a name was first used, where an orb was called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Label>,
}

impl Diagnostic {
    /// The shown path of the file.
    pub fn file(&self) -> &str {
        &self.primary.file
    }

    /// Its line, from 1.
    pub fn line(&self) -> u32 {
        self.primary.line
    }

    /// Its column, from 1, in characters.
    pub fn column(&self) -> u32 {
        self.primary.column
    }

    /// All places, the primary one first.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        std::iter::once(&self.primary).chain(&self.related)
    }

    /// Whether it stops the compilation.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `file:line:column: error[code]: message`, on one line.
    pub fn one_line(&self) -> String {
        let Label { file, line, column, .. } = &self.primary;
        let message = self.message.replace('\n', " ");
        format!("{file}:{line}:{column}: {}[{}]: {message}", self.severity.name(), self.code)
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.one_line())
    }
}
