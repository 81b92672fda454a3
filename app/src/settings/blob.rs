//! Where the bytes of jobs are kept, and how many.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::bail;
use model::agent::LOG_LIMIT_BYTES;

use super::resolve::Resolved;

/// One mebibyte.
const MIB: u64 = 1 << 20;

/// One gibibyte.
const GIB: u64 = 1 << 30;

/// A place for blobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobPlace {
    /// A directory of this host.
    Directory(PathBuf),
}

impl fmt::Display for BlobPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// Blobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobSettings {
    /// Where they are; `None`: `blobs` in the data directory.
    pub place: Option<BlobPlace>,
    /// How many bytes all caches may have together.
    pub cache_budget_bytes: u64,
    /// How many bytes of output of one attempt at a step are kept.
    pub log_limit_bytes: u64,
}

impl Default for BlobSettings {
    fn default() -> Self {
        Self { place: None, cache_budget_bytes: 20 * GIB, log_limit_bytes: LOG_LIMIT_BYTES }
    }
}

impl BlobSettings {
    /// Understands what was resolved, of blobs alone.
    ///
    /// # Errors
    /// A value that does not mean what it must.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let text = |key: &str| resolved.text(key).unwrap_or_default();
        let url = text("blob_url");
        let from = resolved.origin("blob_url");
        let place = match url.split_once("://") {
            None if url.is_empty() => None,
            Some(("file", path)) if Path::new(path).is_absolute() => Some(BlobPlace::Directory(PathBuf::from(path))),
            Some(("file", _)) => bail!(
                "`blob_url` is `{url}` (from {from}), but needs an absolute path, like file:///var/lib/roundhouse/blobs"
            ),
            Some((scheme, _)) => bail!(
                "`blob_url` is `{url}` (from {from}), but this version keeps blobs only in a directory, not with \
                 `{scheme}`; use file:///PATH, or remove the setting to keep them in the data directory"
            ),
            None => bail!(
                "`blob_url` is `{url}` (from {from}), but must be an address, like file:///var/lib/roundhouse/blobs"
            ),
        };
        let number = |key: &str| match text(key).parse::<u64>() {
            Ok(number @ 1..=1_000_000) => Ok(number),
            Ok(_) | Err(_) => bail!(
                "`{key}` is `{}` (from {}), but must be a number from 1 to 1000000",
                text(key),
                resolved.origin(key)
            ),
        };
        Ok(Self {
            place,
            cache_budget_bytes: number("cache_budget_gib")? * GIB,
            log_limit_bytes: number("log_limit_mib")? * MIB,
        })
    }

    /// The place, when this is the data directory.
    pub fn place(&self, data_dir: &Path) -> BlobPlace {
        self.place.clone().unwrap_or_else(|| BlobPlace::Directory(data_dir.join("blobs")))
    }
}
