//! Orbs as files: `NAMESPACE__ORB@VERSION.yml` in one directory.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::OrbError;

/// The largest orb that is read.
pub(super) const LARGEST_BYTES: usize = 3 * 1024 * 1024;

/// A directory of orbs.
#[derive(Clone, Debug, Default)]
pub struct OrbDirectory {
    path: PathBuf,
    /// By `namespace/name`, then by version.
    files: BTreeMap<String, BTreeMap<String, PathBuf>>,
}

impl OrbDirectory {
    /// Looks what there is. Other files are left alone.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut files: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
        for entry in fs::read_dir(path)? {
            let path = entry?.path();
            if let Some((name, version)) = path.file_name().and_then(|name| parse_file_name(name.to_str()?)) {
                files.entry(name).or_default().insert(version, path);
            }
        }
        Ok(Self { path: path.to_owned(), files })
    }

    /// Which orb and version a file's name says.
    pub fn parse_file_name(path: &Path) -> Option<(String, String)> {
        parse_file_name(path.file_name()?.to_str()?)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every orb: name, version and file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Path)> {
        self.files.iter().flat_map(|(name, versions)| {
            versions.iter().map(move |(version, path)| (name.as_str(), version.as_str(), path.as_path()))
        })
    }

    /// The versions of one orb.
    pub fn versions(&self, name: &str) -> impl Iterator<Item = &str> {
        self.files.get(name).into_iter().flat_map(|versions| versions.keys().map(String::as_str))
    }

    /// The source of one version.
    ///
    /// # Errors
    /// There is none, it cannot be read, or it is too large.
    pub fn read(&self, name: &str, version: &str) -> Result<String, OrbError> {
        let path = self.files.get(name).and_then(|versions| versions.get(version)).ok_or_else(|| {
            OrbError::permanent(format!("there is no orb `{name}@{version}` in `{}`", self.path.display()))
        })?;
        read_file(path)
    }
}

/// Reads an orb's file.
pub(super) fn read_file(path: &Path) -> Result<String, OrbError> {
    let failed =
        |error: io::Error| OrbError::permanent(format!("failed to read the orb `{}`: {error}", path.display()));
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > LARGEST_BYTES as u64 {
        return Err(OrbError::permanent(format!(
            "the orb `{}` has {bytes} bytes; an orb may have {LARGEST_BYTES}",
            path.display()
        )));
    }
    fs::read_to_string(path).map_err(failed)
}

/// `circleci__node@5.1.0.yml` is `circleci/node` and `5.1.0`.
fn parse_file_name(file: &str) -> Option<(String, String)> {
    let stem = file.strip_suffix(".yml").or_else(|| file.strip_suffix(".yaml"))?;
    let (orb, version) = stem.split_once('@')?;
    let (namespace, name) = orb.split_once("__")?;
    (!namespace.is_empty() && !name.is_empty() && !version.is_empty())
        .then(|| (format!("{namespace}/{name}"), version.to_owned()))
}

/// The other way round.
pub(super) fn file_name(name: &str, version: &str) -> String {
    format!("{}@{version}.yml", name.replacen('/', "__", 1))
}
