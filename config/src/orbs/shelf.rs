//! The orbs that the caller has.

use std::collections::BTreeMap;

use super::OrbRef;
use crate::Source;

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
