//! Finds the source of an orb: in a directory, on the shelf, at the registry, at an address.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use config::{OrbRef, OrbVersion};
use model::time::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    Kept, OrbDirectory, OrbError, Registry, Shelf, compare_versions,
    directory::file_name,
    url::UrlOrbs,
    version::{nearest, release},
};
use crate::{clock::Clock, settings::OrbSettings};

/// How long the registry's answer to "which is the newest?" is taken as it was.
const FRESH_MS: i64 = 5 * 60 * 1000;

/// The source of an orb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What was asked for.
    pub reference: OrbRef,
    /// The version that it is; empty for an address.
    pub version: String,
    /// Its text.
    pub text: String,
    /// What a person should know: that it is not quite what was asked for.
    pub note: Option<String>,
}

/// Everywhere that orbs come from.
#[derive(Debug)]
pub struct OrbSources {
    directory: Option<OrbDirectory>,
    shelf: Shelf,
    registry: Option<Registry>,
    urls: UrlOrbs,
    clock: Clock,
    nearest: bool,
    /// What the registry said last about versions that move.
    newest: Mutex<BTreeMap<OrbRef, (Timestamp, String)>>,
}

impl OrbSources {
    /// By the settings, with what was fetched kept on this shelf.
    pub fn new(settings: &OrbSettings, shelf: Shelf, clock: Clock) -> Self {
        let OrbSettings { registry_url, url_allow } = settings;
        Self {
            directory: None,
            shelf,
            registry: registry_url.as_deref().map(Registry::new),
            urls: UrlOrbs::new(url_allow.clone(), clock.clone()),
            clock,
            nearest: false,
            newest: Mutex::default(),
        }
    }

    /// Looks into this directory first. An orb that it has in any version comes from nowhere else.
    pub fn with_directory(mut self, directory: Option<OrbDirectory>) -> Self {
        self.directory = directory;
        self
    }

    /// Takes the nearest version that the directory has where it lacks the right one, and says so.
    pub fn with_nearest(mut self) -> Self {
        self.nearest = true;
        self
    }

    /// The source that a reference means.
    ///
    /// # Errors
    /// It cannot be had now (transient) or at all (permanent); the text says what to do.
    pub async fn fetch(&self, reference: &OrbRef) -> Result<Fetched, OrbError> {
        if reference.url().is_some() {
            let text = self.urls.fetch(reference.as_str()).await?;
            return Ok(Fetched { reference: reference.clone(), version: String::new(), text, note: None });
        }
        let (namespace, name, version) = reference.registry().ok_or_else(|| {
            OrbError::permanent(format!("`{reference}` is no orb reference: write namespace/orb@1.2.3, or an address"))
        })?;
        let name = format!("{namespace}/{name}");
        // A directory may hold versions that no registry has, such as `HEAD`: they are taken by their name.
        if let Some(directory) = self.directory.as_ref().filter(|known| known.versions(&name).any(|it| it == version)) {
            let text = directory.read(&name, version)?;
            return Ok(Fetched { reference: reference.clone(), version: version.to_owned(), text, note: None });
        }
        let wanted: OrbVersion = version
            .parse()
            .map_err(|error| OrbError::permanent(format!("the orb `{reference}` is not known: {error}")))?;
        let ask = Ask { reference, name, version, wanted };
        if let Some(fetched) = self.look_in_directory(&ask)? {
            return Ok(fetched);
        }
        let kept = self.shelf.versions(&ask.name).await?;
        if kept.iter().any(|kept| kept.is_imported) {
            return self.look_in_imported(&ask, &kept).await;
        }
        if ask.wanted.is_fixed()
            && let Some(fetched) = self.look_in_shelf(&ask, &kept).await?
        {
            return Ok(fetched);
        }
        self.look_in_registry(&ask, &kept).await
    }

    fn look_in_directory(&self, ask: &Ask<'_>) -> Result<Option<Fetched>, OrbError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let mut versions = directory.versions(&ask.name).peekable();
        if versions.peek().is_none() {
            return Ok(None);
        }
        let versions: Vec<&str> = versions.collect();
        if let Some(version) = ask.wanted.newest(versions.iter().copied()) {
            return directory.read(&ask.name, version).map(|text| Some(ask.found(version, text)));
        }
        match nearest(&ask.wanted, versions.iter().copied()) {
            Some(version) if self.nearest => {
                let text = directory.read(&ask.name, version)?;
                let note = format!(
                    "the orb `{}` is not in `{}`: `{}@{version}` stands in for it",
                    ask.reference,
                    directory.path().display(),
                    ask.name
                );
                Ok(Some(Fetched { note: Some(note), ..ask.found(version, text) }))
            }
            Some(_) | None => Err(OrbError::permanent(format!(
                "the orb `{}` is not in `{}`, which has {}: use one of these, or put the file there",
                ask.reference,
                directory.path().display(),
                list(versions)
            ))),
        }
    }

    /// An orb that was put there by hand is this server's own: a registry that has one of the same name is not asked.
    async fn look_in_imported(&self, ask: &Ask<'_>, kept: &[Kept]) -> Result<Fetched, OrbError> {
        match self.look_in_shelf(ask, kept).await? {
            Some(fetched) => Ok(fetched),
            None => Err(OrbError::permanent(format!(
                "the orb `{}` was imported, but not in this version; there are {}: use one of them, or import it: \
                 roundhouse orb import {}",
                ask.reference,
                list(kept.iter().map(|kept| kept.version.as_str())),
                file_name(&ask.name, ask.version),
            ))),
        }
    }

    async fn look_in_shelf(&self, ask: &Ask<'_>, kept: &[Kept]) -> Result<Option<Fetched>, OrbError> {
        let Some(version) = ask.wanted.newest(kept.iter().map(|kept| kept.version.as_str())) else { return Ok(None) };
        Ok(self.shelf.find(&ask.name, version).await?.map(|text| ask.found(version, text)))
    }

    async fn look_in_registry(&self, ask: &Ask<'_>, kept: &[Kept]) -> Result<Fetched, OrbError> {
        let Some(registry) = &self.registry else {
            return match self.look_in_shelf(ask, kept).await? {
                Some(fetched) => Ok(fetched),
                None => Err(OrbError::permanent(format!(
                    "the orb `{}` is not here, and no registry may be asked (`orb_registry_url` is `none`): import it: \
                     roundhouse orb import {}",
                    ask.reference,
                    file_name(&ask.name, ask.version),
                ))),
            };
        };
        if let Some(version) = self.known_newest(ask.reference)
            && let Some(text) = self.shelf.find(&ask.name, &version).await?
        {
            return Ok(ask.found(&version, text));
        }
        match registry.fetch(ask.reference).await {
            Ok(Some(found)) => {
                if ask.wanted.newest([found.version.as_str()]).is_none() {
                    return Err(OrbError::permanent(format!(
                        "the registry answers `{}` with version `{}`, which is another one",
                        ask.reference, found.version
                    )));
                }
                self.shelf.keep_released(&ask.name, &found.version, &found.source).await?;
                let entry = (self.clock.now(), found.version.clone());
                self.newest.lock().unwrap_or_else(PoisonError::into_inner).insert(ask.reference.clone(), entry);
                Ok(ask.found(&found.version, found.source))
            }
            Ok(None) => match self.look_in_shelf(ask, kept).await? {
                Some(fetched) => Ok(fetched),
                None => Err(OrbError::permanent(format!(
                    "the registry has no orb `{}`: check its name and version; a private orb is imported: roundhouse orb \
                     import {}",
                    ask.reference,
                    file_name(&ask.name, ask.version),
                ))),
            },
            Err(OrbError::Transient(message)) => match self.look_in_shelf(ask, kept).await? {
                Some(fetched) => {
                    tracing::warn!("Took `{}@{}` from the kept orbs: {message}", ask.name, fetched.version);
                    Ok(fetched)
                }
                None => Err(OrbError::transient(message)),
            },
            Err(OrbError::Permanent(message)) => Err(OrbError::permanent(message)),
        }
    }

    fn known_newest(&self, reference: &OrbRef) -> Option<String> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, version) = newest.get(reference)?;
        (self.clock.now().millis() - at.millis() < FRESH_MS).then(|| version.clone())
    }
}

/// One reference, taken apart.
struct Ask<'a> {
    reference: &'a OrbRef,
    /// `namespace/name`.
    name: String,
    /// As it is written.
    version: &'a str,
    wanted: OrbVersion,
}

impl Ask<'_> {
    fn found(&self, version: &str, text: String) -> Fetched {
        Fetched { reference: self.reference.clone(), version: version.to_owned(), text, note: None }
    }
}

impl Shelf {
    /// Keeps a version, unless it is one that may change.
    async fn keep_released(&self, name: &str, version: &str, source: &str) -> Result<(), OrbError> {
        match release(version) {
            Some(_) => self.keep(name, version, source).await,
            None => Ok(()),
        }
    }
}

/// Versions in a sentence, the last ten.
fn list<'v>(versions: impl IntoIterator<Item = &'v str>) -> String {
    let mut versions: Vec<&str> = versions.into_iter().collect();
    versions.sort_by(|left, right| compare_versions(left, right));
    let shown: Vec<String> = versions.iter().rev().take(10).map(|version| format!("`{version}`")).collect();
    shown.join(", ")
}

/// The hash that a source is locked by.
pub fn sha256(source: &str) -> [u8; 32] {
    Sha256::digest(source.as_bytes()).into()
}

#[cfg(test)]
mod tests;
