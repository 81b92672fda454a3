//! Whether a disk is full: for the reason of a failure.

use std::path::Path;

/// A program that finds less than this has found nothing.
const NOTHING_BYTES: u64 = 64 << 10;

/// A sentence when there is no room left in one of these directories.
pub fn shortage<'a>(directories: impl IntoIterator<Item = &'a Path>) -> Option<String> {
    directories.into_iter().find_map(|directory| {
        let found = rustix::fs::statvfs(directory).ok()?;
        let place = directory.display();
        if found.f_blocks > 0 && found.f_bavail.saturating_mul(found.f_frsize) < NOTHING_BYTES {
            Some(format!("the disk is full at {place}"))
        } else if found.f_files > 0 && found.f_favail == 0 {
            Some(format!("the file system has no room for another file at {place}"))
        } else {
            None
        }
    })
}
