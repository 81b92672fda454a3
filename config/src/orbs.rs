//! Orbs that the caller has, and orbs that the compiler asks for.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Source;

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

/// The orbs that the caller has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orbs {
    sources: BTreeMap<OrbRef, Source>,
}

impl Orbs {
    /// No orbs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the source that a reference resolves to.
    pub fn insert(&mut self, reference: OrbRef, source: Source) {
        self.sources.insert(reference, source);
    }

    /// The source of a reference.
    pub fn get(&self, reference: &OrbRef) -> Option<&Source> {
        self.sources.get(reference)
    }

    /// All of them, by reference.
    pub fn iter(&self) -> impl Iterator<Item = (&OrbRef, &Source)> {
        self.sources.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

impl FromIterator<(OrbRef, Source)> for Orbs {
    fn from_iter<T: IntoIterator<Item = (OrbRef, Source)>>(sources: T) -> Self {
        Self { sources: sources.into_iter().collect() }
    }
}
