//! The orbs of one compilation, collected round by round: an orb may import orbs.

use config::{OrbRef, Orbs, Source};
use futures_util::future::join_all;

use super::{Fetched, OrbError, OrbSources, sha256};

/// How deep orbs may import orbs.
const MOST_ROUNDS: usize = 5;
/// How many orbs a configuration may use.
const MOST_ORBS: usize = 100;

/// What was fetched so far.
#[derive(Debug, Default)]
pub struct Gathered {
    orbs: Orbs,
    used: Vec<store::orb::UsedOrb>,
    notes: Vec<String>,
    rounds: usize,
}

impl Gathered {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// For the compiler.
    pub fn orbs(&self) -> &Orbs {
        &self.orbs
    }

    /// Which version each reference is.
    pub fn used(&self) -> &[store::orb::UsedOrb] {
        &self.used
    }

    /// What a person should know: orbs that are not quite those that were asked for.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds an orb by hand.
    pub fn insert(&mut self, fetched: Fetched) {
        let Fetched { reference, version, text, note } = fetched;
        self.notes.extend(note);
        self.used.push(store::orb::UsedOrb {
            reference: reference.to_string(),
            version: version.clone(),
            sha256: sha256(&text),
        });
        // Findings are shown under the name of what it is, not of what was asked for.
        let name = match reference.registry() {
            Some((namespace, name, _)) => format!("{namespace}/{name}@{version}"),
            None => reference.to_string(),
        };
        self.orbs.insert(reference, Source::new(name, text));
    }

    /// Fetches what the compiler asked for.
    ///
    /// # Errors
    /// Every orb that cannot be had is named. Permanent if one of them is.
    pub async fn fetch(&mut self, sources: &OrbSources, needed: &[OrbRef]) -> Result<(), OrbError> {
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            let names: Vec<String> = needed.iter().map(|orb| format!("`{orb}`")).collect();
            return Err(OrbError::permanent(format!(
                "orbs import orbs more than {MOST_ROUNDS} levels deep: {} would be next",
                names.join(", ")
            )));
        }
        if self.orbs.len() + needed.len() > MOST_ORBS {
            return Err(OrbError::permanent(format!("the configuration uses more than {MOST_ORBS} orbs")));
        }
        let (mut permanent, mut transient) = (Vec::new(), Vec::new());
        for result in join_all(needed.iter().map(|reference| sources.fetch(reference))).await {
            match result {
                Ok(fetched) => self.insert(fetched),
                Err(OrbError::Permanent(message)) => permanent.push(message),
                Err(OrbError::Transient(message)) => transient.push(message),
            }
        }
        transient.dedup();
        match (permanent.is_empty(), transient.is_empty()) {
            (true, true) => Ok(()),
            (false, _) => Err(OrbError::Permanent(permanent.join("; "))),
            (true, false) => Err(OrbError::Transient(transient.join("; "))),
        }
    }
}
