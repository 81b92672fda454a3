//! References to orbs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::OrbVersion;

/// A reference to an orb, as a configuration writes it: `circleci/node@5.1`, or a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrbRef(String);

impl OrbRef {
    /// Takes a reference as it is written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Namespace, name and version of a registry reference; `None` for a URL or for a text that is neither.
    pub fn registry(&self) -> Option<(&str, &str, &str)> {
        let (path, version) = self.0.split_once('@')?;
        let (namespace, name) = path.split_once('/')?;
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        (word(namespace) && word(name) && !version.is_empty() && !version.contains(char::is_whitespace))
            .then_some((namespace, name, version))
    }

    /// Which versions of a registry orb it means; `None` for what is not a reference to one, or not a version.
    pub fn version(&self) -> Option<OrbVersion> {
        self.registry()?.2.parse().ok()
    }

    /// The address, if it is one.
    pub fn url(&self) -> Option<&str> {
        (self.0.starts_with("https://") || self.0.starts_with("http://")).then_some(self.as_str())
    }
}

impl fmt::Display for OrbRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
