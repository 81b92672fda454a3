//! What is put into `~/.ssh`, and how it goes away again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use model::protocol::SshKey;

use super::config;
use crate::os::files;

/// Only its owner may read it; `ssh` refuses it otherwise.
const KEY_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Files of a job in `~/.ssh`. Dropping it takes them away.
#[derive(Default)]
pub struct SshFiles {
    keys: Vec<PathBuf>,
    config: Option<PathBuf>,
    /// Whether the job has an `ssh-agent`.
    pub(super) agent_runs: bool,
}

impl SshFiles {
    /// The file of a key, as CircleCI names it: `~/.ssh/id_rsa_` and the MD5 fingerprint without its colons.
    pub fn path_of(home: &Path, key: &SshKey) -> PathBuf {
        home.join(".ssh").join(format!("id_rsa_{}", key.md5.replace(':', "")))
    }

    /// Writes a key and the entry of its host into the configuration.
    ///
    /// # Errors
    /// The home cannot be written.
    pub fn add(&mut self, home: &Path, key: &SshKey) -> io::Result<PathBuf> {
        let directory = home.join(".ssh");
        files::create_directory(&directory, DIRECTORY_MODE, true)?;
        let path = Self::path_of(home, key);
        write_private(&path, key.private_key.as_bytes())?;
        if !self.keys.contains(&path) {
            self.keys.push(path.clone());
        }
        let file = directory.join("config");
        let before = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        self.config = Some(file.clone());
        write_private(&file, config::with_entry(&before, key.hostname.as_deref(), &path).as_bytes())?;
        Ok(path)
    }
}

impl Drop for SshFiles {
    fn drop(&mut self) {
        // What cannot be removed is in a container that goes, or in a home that the job itself has locked.
        for key in &self.keys {
            drop(fs::remove_file(key));
        }
        if let Some(file) = &self.config
            && let Ok(text) = fs::read_to_string(file)
        {
            let left = config::without_entries(&text);
            drop(if left.is_empty() { fs::remove_file(file) } else { fs::write(file, left) });
        }
    }
}

/// Writes a file that only its owner may read, in the place of whatever was there: a link is not followed.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => fs::remove_file(path)?,
        Ok(_) | Err(_) => {}
    }
    files::write_private(path, bytes, KEY_MODE)
}
