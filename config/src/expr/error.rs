//! What is wrong with an expression.

use std::fmt;

/// The kind of mistake in an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpressionErrorKind {
    /// It cannot be read.
    Syntax,
    /// It names something that does not exist.
    UnknownName,
    /// An operator got a value that it does not take.
    Type,
    /// A regular expression cannot be read, or takes too long.
    Pattern,
}

impl ExpressionErrorKind {
    /// The word in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax error",
            Self::UnknownName => "unknown name",
            Self::Type => "type error",
            Self::Pattern => "pattern error",
        }
    }
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// The kind of mistake.
    pub kind: ExpressionErrorKind,
    /// What is wrong.
    pub message: String,
    /// The word that is wrong; empty at the end of the expression.
    pub token: String,
    /// Where it begins: a byte of the expression, from 0.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What to do.
    pub help: Option<String>,
}

impl ExpressionError {
    pub(super) fn syntax(text: &str, start: usize, end: usize, message: impl Into<String>, help: &str) -> Self {
        Self::new(ExpressionErrorKind::Syntax, text, start..end, message)
            .help((!help.is_empty()).then(|| help.to_owned()))
    }

    pub(super) fn new(
        kind: ExpressionErrorKind,
        text: &str,
        place: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let token = text.get(place.clone()).unwrap_or_default().to_owned();
        Self { kind, message: message.into(), token, start: place.start, end: place.end, help: None }
    }

    pub(super) fn help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

/// `type error at 14 ("main"): …`
impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = if self.token.is_empty() { "the end" } else { &self.token };
        write!(f, "{} at character {} ({token}): {}", self.kind.name(), self.start + 1, self.message)
    }
}

impl std::error::Error for ExpressionError {}
