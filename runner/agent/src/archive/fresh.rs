//! Makes files where something else may stand.

use std::{
    fs::{self, File, FileTimes},
    io,
    path::Path,
    time::SystemTime,
};

use crate::os::files;

/// Makes files with exact modes and times.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    /// What the kernel takes away from the mode of a new file: then the mode need not be set again.
    umask: u32,
}

impl Maker {
    /// A maker for this process.
    pub fn new() -> Self {
        Self { umask: files::umask() }
    }

    /// Makes an empty file. Nothing is written through a link, nor into a file that is there already.
    ///
    /// # Errors
    /// `AlreadyExists`, or it cannot be made.
    pub fn create(self, place: &Path, mode: u32) -> io::Result<File> {
        files::create_new(place, mode)
    }

    /// Gives a file of [`Maker::create`] its mode and its time.
    ///
    /// # Errors
    /// The file system cannot.
    pub fn finish(self, file: &File, mode: u32, time: SystemTime) -> io::Result<()> {
        file.set_times(FileTimes::new().set_accessed(time).set_modified(time))?;
        // Last: where a mode takes the right to write away, it may take the right to set times away, too.
        if mode & self.umask != 0 { files::set_mode_of(file, mode) } else { Ok(()) }
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
