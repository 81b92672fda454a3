//! What the terminal can do.

use std::io::IsTerminal;

/// Whether colours are wanted on standard output: a terminal, and no `NO_COLOR`.
pub fn colours_on_stdout() -> bool {
    std::io::stdout().is_terminal() && colours_allowed()
}

/// Whether colours are wanted on standard error.
pub fn colours_on_stderr() -> bool {
    std::io::stderr().is_terminal() && colours_allowed()
}

/// `NO_COLOR` (no-color.org) and dumb terminals say no.
fn colours_allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
