//! Where fetched orbs are kept, so that each version is fetched once and never changes.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use store::{
    Store,
    orb::{self, NewOrb, OrbOrigin},
};

use super::{
    OrbError,
    directory::{OrbDirectory, file_name},
    sha256,
};
use crate::clock::Clock;

/// A place for orbs.
#[derive(Clone, Debug)]
pub enum Shelf {
    /// The rows of a server.
    Store(Store, Clock),
    /// Files in a directory of the user's, made when it is first needed.
    Files(PathBuf),
    /// Nothing is kept.
    Nowhere,
}

/// A version that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub version: String,
    /// Whether it was put there by hand.
    pub is_imported: bool,
}

impl Shelf {
    /// The versions of an orb that are kept.
    ///
    /// # Errors
    /// The place cannot be read.
    pub async fn versions(&self, name: &str) -> Result<Vec<Kept>, OrbError> {
        match self {
            Self::Store(store, _) => {
                let versions = orb::list_versions(store.read(), name).await.map_err(|error| unreadable(&error))?;
                let kept = versions
                    .into_iter()
                    .map(|orb| Kept { version: orb.version, is_imported: orb.origin == OrbOrigin::Import });
                Ok(kept.collect())
            }
            Self::Files(path) => {
                let directory = open(path)?;
                let kept =
                    directory.versions(name).map(|version| Kept { version: version.to_owned(), is_imported: false });
                Ok(kept.collect())
            }
            Self::Nowhere => Ok(Vec::new()),
        }
    }

    /// The source of a version, if it is kept.
    ///
    /// # Errors
    /// The place cannot be read.
    pub async fn find(&self, name: &str, version: &str) -> Result<Option<String>, OrbError> {
        match self {
            Self::Store(store, _) => {
                orb::find_source(store.read(), name, version).await.map_err(|error| unreadable(&error))
            }
            Self::Files(path) => {
                let directory = open(path)?;
                if directory.versions(name).any(|kept| kept == version) {
                    directory.read(name, version).map(Some)
                } else {
                    Ok(None)
                }
            }
            Self::Nowhere => Ok(None),
        }
    }

    /// Keeps what the registry gave.
    ///
    /// # Errors
    /// The version is kept with other bytes, or the place cannot be written.
    pub async fn keep(&self, name: &str, version: &str, source: &str) -> Result<(), OrbError> {
        match self {
            Self::Store(store, clock) => {
                let new = NewOrb { name, version, source, sha256: sha256(source), origin: OrbOrigin::Registry };
                let kept = async {
                    let mut tx = store.begin().await?;
                    orb::put(&mut tx, &new, clock.now()).await?;
                    tx.commit().await
                };
                kept.await.map_err(|error| match error {
                    store::Error::Conflict(_) => changed(name, version, "this server"),
                    store::Error::NotFound(_) | store::Error::Db(_) => unreadable(&error),
                })
            }
            Self::Files(path) => {
                match self.find(name, version).await? {
                    Some(kept) if kept == source => return Ok(()),
                    Some(_) => return Err(changed(name, version, &format!("`{}`", path.display()))),
                    None => {}
                }
                // Two processes may do this at once: the file appears whole, or not at all.
                let written = fs::create_dir_all(path).and_then(|()| {
                    let mut file = tempfile::NamedTempFile::new_in(path)?;
                    file.write_all(source.as_bytes())?;
                    file.persist(path.join(file_name(name, version)))?;
                    Ok(())
                });
                if let Err(error) = written {
                    // It is a cache: without it everything is only slower.
                    tracing::warn!("Failed to keep the orb `{name}@{version}` in `{}`: {error}", path.display());
                }
                Ok(())
            }
            Self::Nowhere => Ok(()),
        }
    }
}

fn open(path: &Path) -> Result<OrbDirectory, OrbError> {
    match OrbDirectory::open(path) {
        Ok(directory) => Ok(directory),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(OrbDirectory::default()),
        Err(error) => {
            Err(OrbError::permanent(format!("failed to read the kept orbs in `{}`: {error}", path.display())))
        }
    }
}

fn unreadable(error: &store::Error) -> OrbError {
    OrbError::transient(format!("failed to reach the kept orbs: {error}"))
}

fn changed(name: &str, version: &str, place: &str) -> OrbError {
    OrbError::permanent(format!(
        "the registry serves other bytes for the orb `{name}@{version}` than {place} keeps: a released version never \
         changes, so somebody tampered with it, or the registry is another one; compare both before you trust either"
    ))
}
