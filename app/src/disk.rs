//! Room on the disk of the data directory: below a minimum, nothing new is begun, so that what runs can come to its end.

use std::path::{Path, PathBuf};

/// A directory whose disk should keep some room.
#[derive(Clone, Debug)]
pub struct Disk {
    directory: PathBuf,
    min_free_bytes: u64,
}

/// Too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// What is free.
    pub free_bytes: u64,
    /// What should be.
    pub min_free_bytes: u64,
}

impl Disk {
    /// The disk of a directory, of which `min_free_bytes` should stay free; 0: it does not matter.
    pub fn new(directory: &Path, min_free_bytes: u64) -> Self {
        Self { directory: directory.to_owned(), min_free_bytes }
    }

    /// What is missing now. A disk that does not tell has room.
    pub fn shortage(&self) -> Option<Shortage> {
        if self.min_free_bytes == 0 {
            return None;
        }
        let free_bytes = runner::os::room(&self.directory)?.free_bytes;
        (free_bytes < self.min_free_bytes).then_some(Shortage { free_bytes, min_free_bytes: self.min_free_bytes })
    }
}
