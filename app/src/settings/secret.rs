//! Settings of secrets.

use std::path::PathBuf;

use anyhow::Context;
use secrecy::SecretString;

use super::resolve::Resolved;

/// What seals secrets, and whom SSH trusts.
#[derive(Clone, Debug, Default)]
pub struct SecretSettings {
    /// Master keys; `None`: those of the file in the data directory.
    pub master_key: Option<SecretString>,
    /// A `known_hosts` file with the keys of forges.
    pub known_hosts: Option<PathBuf>,
}

impl SecretSettings {
    pub(super) fn new(resolved: &Resolved) -> Self {
        Self {
            master_key: resolved.secret("master_key"),
            known_hosts: resolved.text("known_hosts").filter(|path| !path.is_empty()).map(PathBuf::from),
        }
    }

    /// The lines of the `known_hosts` file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read_known_hosts(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.known_hosts else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("failed to read the setting `known_hosts` from `{}`", path.display()))?;
        Ok(Some(if text.ends_with('\n') { text } else { text + "\n" }))
    }
}
