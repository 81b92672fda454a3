//! Whether a disk is full: for the reason of a failure.

use std::path::Path;

use crate::os::files::room;

/// A program that finds less than this has found nothing.
const NOTHING_BYTES: u64 = 64 << 10;

/// A sentence when there is no room left in one of these directories.
pub fn shortage<'a>(directories: impl IntoIterator<Item = &'a Path>) -> Option<String> {
    directories.into_iter().find_map(|directory| {
        let found = room(directory)?;
        let place = directory.display();
        if found.free_bytes < NOTHING_BYTES {
            Some(format!("the disk is full at {place}"))
        } else if !found.takes_files {
            Some(format!("the file system has no room for another file at {place}"))
        } else {
            None
        }
    })
}
