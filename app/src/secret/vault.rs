//! The master keys in hand, and what is done with them.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use store::secret::Sealed;

use super::{
    key::{KeyId, MasterKey},
    key_file,
    owner::Owner,
    seal::{self, SealError},
};

/// Seals and opens. Clones share it.
#[derive(Clone, Debug)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The file that the keys are read from again when another process has rotated them; `None` when they were given.
    file: Option<PathBuf>,
    /// The one that seals first. Never empty.
    keys: RwLock<Vec<MasterKey>>,
}

impl Vault {
    /// With the keys that the setting `master_key` gives (several are separated by white space; the first seals), or else
    /// with those of the file in the data directory, which is made at the first start.
    ///
    /// # Errors
    /// Keys that cannot be read, a file that cannot be made.
    pub fn open(data_dir: &Path, given: Option<&SecretString>) -> anyhow::Result<Self> {
        let (file, keys) = match given {
            Some(given) => {
                let keys = key_file::parse(given.expose_secret()).context("failed to read the setting `master_key`")?;
                (None, keys)
            }
            None => {
                let path = key_file::path(data_dir);
                let keys = key_file::read_or_create(&path)?;
                (Some(path), keys)
            }
        };
        Ok(Self(Arc::new(Inner { file, keys: RwLock::new(keys) })))
    }

    /// The key that seals now.
    pub fn current(&self) -> KeyId {
        self.with_keys(|keys| keys[0].id())
    }

    /// Seals a value for its row.
    ///
    /// # Errors
    /// The system has no random numbers, or the keys cannot be read.
    pub fn seal(&self, owner: Owner<'_>, value: &SecretString) -> anyhow::Result<Sealed> {
        // Another process may have rotated the keys: sealing is rare, and never with a key that is on its way out.
        self.reload()?;
        self.with_keys(|keys| seal::seal(&keys[0], owner, value))
    }

    /// Opens what was sealed for this row.
    ///
    /// # Errors
    /// Its key is not here, or it was changed.
    pub fn unseal(&self, owner: Owner<'_>, sealed: &Sealed) -> Result<SecretString, SealError> {
        let damaged = || SealError::Damaged { owner: owner.to_string() };
        let id = seal::key_of(sealed).ok_or_else(damaged)?;
        if !self.with_keys(|keys| keys.iter().any(|key| key.id() == id)) {
            self.reload().map_err(SealError::Keys)?;
        }
        self.with_keys(|keys| match keys.iter().find(|key| key.id() == id) {
            Some(key) => seal::open(key, owner, sealed),
            None => Err(SealError::UnknownKey { owner: owner.to_string(), key: id }),
        })
    }

    /// Whether a value was sealed with the key that seals now.
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        seal::key_of(sealed) == Some(self.current())
    }

    /// Begins a rotation: from now on a new key seals, and the one before still opens. The keys before that one are
    /// forgotten, so every row has to be sealed anew first (`replace` does that and can be begun again).
    ///
    /// With keys that were given by a setting, the first of them is the new one, and nothing changes here.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin_rotation(&self) -> anyhow::Result<KeyId> {
        let Some(file) = &self.0.file else { return Ok(self.current()) };
        self.reload()?;
        let new = MasterKey::generate()?;
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(0, new);
        key_file::replace(file, &keys.iter().collect::<Vec<_>>())?;
        Ok(keys[0].id())
    }

    /// Ends a rotation, once every row is sealed with the current key: of the keys before, only the last is kept, for a
    /// process that was just sealing with it, and for the newest backup.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end_rotation(&self) -> anyhow::Result<()> {
        let Some(file) = &self.0.file else { return Ok(()) };
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.truncate(2);
        key_file::replace(file, &keys.iter().collect::<Vec<_>>())
    }

    fn reload(&self) -> anyhow::Result<()> {
        let Some(file) = &self.0.file else { return Ok(()) };
        let Some(keys) = key_file::find(file)? else {
            bail!("the master key `{}` is gone: put it back from a backup", file.display());
        };
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn with_keys<T>(&self, use_them: impl FnOnce(&[MasterKey]) -> T) -> T {
        use_them(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}
