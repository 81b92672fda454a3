//! Files. Who may use them follows from the work directory, whose rights they inherit; those in a spool belong to a job that
//! may do anything to them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::windows::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_OPEN_REPARSE_POINT;

/// Makes a directory with its parents.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a new file.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Opens a new file that will be a program: its name alone makes it one.
pub(crate) fn create_program(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The job's user is the runner's: nothing to do.
pub(crate) fn open_directory_to_all(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The job's user is the runner's: nothing to do.
pub(crate) fn let_all_read(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens a file of a spool to read it, not through a link; `None` when there is none.
pub(crate) fn open_of_job(path: &Path) -> io::Result<Option<File>> {
    match OpenOptions::new().read(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads at an offset.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}
