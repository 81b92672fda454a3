//! Reading a value that must not stand in an argument: others would see it in the list of processes.

use std::{
    io::{IsTerminal, Read},
    path::Path,
};

use anyhow::Context;
use secrecy::{SecretString, zeroize::Zeroizing};

/// Reads a value from a file, or from standard input. One line break at its end is taken off: `echo` adds it.
///
/// # Errors
/// It cannot be read, or is no text.
pub(super) fn read_value(file: Option<&Path>) -> anyhow::Result<SecretString> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("failed to read the value from `{}`", path.display()))?,
        None => {
            let mut input = std::io::stdin();
            if input.is_terminal() {
                eprintln!("Type the value, then Enter and Ctrl-D:");
            }
            let mut text = String::new();
            input.read_to_string(&mut text).context("failed to read the value from standard input")?;
            text
        }
    };
    let text = Zeroizing::new(text);
    let value = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(SecretString::from(value))
}
