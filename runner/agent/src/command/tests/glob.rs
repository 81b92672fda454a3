//! `circleci tests glob`.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    command::{Failure, print},
    glob::{Dialect, expand},
    os::files,
};

/// Prints the files that match one of the patterns, sorted, each once.
pub fn glob(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    if arguments.is_empty() {
        return Err(Failure::Usage("`tests glob` needs a pattern in quotes, such as \"test/**/*.rb\"".to_owned()));
    }
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    for argument in arguments {
        let pattern = argument.to_str();
        let pattern = pattern.ok_or_else(|| Failure::Usage("a pattern is not UTF-8".to_owned()))?;
        found.extend(expand(Path::new(""), pattern, Dialect::Globstar).map_err(Failure::Failed)?);
    }
    let mut output = Vec::new();
    for path in found {
        output.extend_from_slice(&files::bytes(path.as_os_str()));
        output.push(b'\n');
    }
    Ok(print(&output))
}
