//! What is wrong with a crontab expression.

use std::fmt;
use std::ops::Range;

use super::CronField;

/// The kind of mistake in a crontab expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronErrorKind {
    /// It has not five fields.
    FieldCount,
    /// A field cannot be read.
    Syntax,
    /// A number or a name that the field does not have.
    OutOfRange,
    /// Something that other programs know and crontab does not: `@daily`, `?`, `L`, `W`, `#`.
    Extension,
    /// There is no such day: `0 0 31 2 *`.
    Never,
}

/// What is wrong with a crontab expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError {
    /// The kind of mistake.
    pub kind: CronErrorKind,
    /// The field that is wrong; `None` when it is the expression as a whole.
    pub field: Option<CronField>,
    /// The bytes of the expression that are wrong, from 0.
    pub place: Range<usize>,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What is wrong, in one line; the place and the help are the caller's to show.
impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CronError {}
