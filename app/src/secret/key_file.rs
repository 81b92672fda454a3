//! The file of master keys in the data directory: one a line, the one that seals first.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use super::key::MasterKey;
use crate::os::create_private;

/// Its name.
const NAME: &str = "master.key";

/// Reads a list of keys.
///
/// # Errors
/// One that is no key; no key at all.
pub(super) fn parse(text: &str) -> anyhow::Result<Vec<MasterKey>> {
    let keys = text.split_whitespace().map(str::parse).collect::<anyhow::Result<Vec<MasterKey>>>()?;
    ensure!(!keys.is_empty(), "there is no key in it");
    Ok(keys)
}

/// Where it is.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(NAME)
}

/// Reads the keys, or makes a file with a new one when there is none.
///
/// # Errors
/// A file that cannot be read or made, or that holds no keys.
pub(super) fn read_or_create(path: &Path) -> anyhow::Result<Vec<MasterKey>> {
    if let Some(keys) = find(path)? {
        return Ok(keys);
    }
    let key = MasterKey::generate()?;
    let temporary = write_beside(path, &[&key])?;
    // Whoever else makes one at this moment was first, or is second: a link never replaces a file.
    let linked = fs::hard_link(&temporary, path);
    let removed = fs::remove_file(&temporary);
    match linked {
        Ok(()) => {
            removed.and_then(|()| sync_directory(path)).with_context(|| failed("write", path))?;
            Ok(vec![key])
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => find(path)?.with_context(|| failed("read", path)),
        Err(error) => Err(error).with_context(|| failed("write", path)),
    }
}

/// Reads the keys; `None` when there is no file.
///
/// # Errors
/// A file that cannot be read, or that holds no keys.
pub(super) fn find(path: &Path) -> anyhow::Result<Option<Vec<MasterKey>>> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).map(Some).with_context(|| failed("read", path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| failed("read", path)),
    }
}

/// Replaces the file: either it is as it was, or it holds exactly these keys.
///
/// # Errors
/// It cannot be written.
pub(super) fn replace(path: &Path, keys: &[&MasterKey]) -> anyhow::Result<()> {
    let temporary = write_beside(path, keys)?;
    fs::rename(&temporary, path).and_then(|()| sync_directory(path)).with_context(|| failed("write", path))
}

fn write_beside(path: &Path, keys: &[&MasterKey]) -> anyhow::Result<PathBuf> {
    let temporary = path.with_extension(format!("key.{}", std::process::id()));
    let write = || {
        if temporary.exists() {
            fs::remove_file(&temporary)?;
        }
        let mut file = create_private(&temporary)?;
        for key in keys {
            writeln!(file, "{}", key.encode())?;
        }
        file.sync_all()
    };
    write().with_context(|| failed("write", &temporary))?;
    Ok(temporary)
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

fn failed(verb: &str, path: &Path) -> String {
    format!("failed to {verb} the master key in `{}`", path.display())
}
