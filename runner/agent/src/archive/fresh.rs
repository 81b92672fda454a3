//! Makes files where something else may stand.

use std::{
    fs::{self, File, FileTimes, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use rustix::fs::{OFlags, Timespec};

/// All that the kernel may take away from the mode of a new file.
const EVERYTHING: u32 = 0o7777;

/// Makes files with exact modes and times.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    /// What the kernel takes away from the mode of a new file: then the mode need not be set again.
    umask: u32,
}

impl Maker {
    /// A maker for this process.
    pub fn new() -> Self {
        // Asking the kernel would change it for a moment, for all threads.
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        let umask = umask.and_then(|umask| u32::from_str_radix(umask.trim(), 8).ok());
        Self { umask: umask.unwrap_or(EVERYTHING) }
    }

    /// Makes an empty file. Nothing is written through a link, nor into a file that is there already.
    ///
    /// # Errors
    /// `AlreadyExists`, or it cannot be made.
    pub fn create(self, place: &Path, mode: u32) -> io::Result<File> {
        let flags = i32::try_from(OFlags::NOFOLLOW.bits()).expect("flags of open are an int");
        OpenOptions::new().write(true).create_new(true).mode(mode).custom_flags(flags).open(place)
    }

    /// Gives a file of [`Maker::create`] its mode and its time.
    ///
    /// # Errors
    /// The file system cannot.
    pub fn finish(self, file: &File, mode: u32, time: Timespec) -> io::Result<()> {
        if mode & self.umask != 0 {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        let seconds = Duration::from_secs(time.tv_sec.max(0).unsigned_abs());
        let nanos = Duration::from_nanos(time.tv_nsec.unsigned_abs());
        let time = UNIX_EPOCH.checked_add(seconds + nanos);
        time.map_or(Ok(()), |time| file.set_times(FileTimes::new().set_accessed(time).set_modified(time)))
    }
}

/// Removes what stands at a place: a file, a link, or an empty directory.
///
/// # Errors
/// It cannot be removed.
pub fn clear(place: &Path) -> io::Result<()> {
    let is_directory = fs::symlink_metadata(place).is_ok_and(|there| there.is_dir());
    if is_directory { fs::remove_dir(place) } else { fs::remove_file(place) }
}
