//! How commands end.

use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The user's pipeline or configuration failed.
    Failed,
    /// The command was used wrongly.
    WrongUse,
    /// It could not be done: no Docker, no network, no permission.
    Impossible,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::WrongUse => 2,
            Exit::Impossible => 3,
        })
    }
}
