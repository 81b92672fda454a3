//! Files: private ones, and those in a spool, which belong to a job that may do anything to them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use rustix::fs::{Mode, OFlags};

/// Makes a directory with its parents, for this user alone.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(path)
}

/// Opens a new file, for this user alone.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a new file that will be a program.
pub(crate) fn create_program(path: &Path) -> io::Result<File> {
    const PROGRAM: u32 = 0o755;
    let file = OpenOptions::new().write(true).create_new(true).mode(PROGRAM).open(path)?;
    // Beyond what the umask would leave.
    file.set_permissions(Permissions::from_mode(PROGRAM))?;
    Ok(file)
}

/// Lets everybody who comes to a directory use it.
pub(crate) fn open_directory_to_all(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o777))
}

/// Lets everybody who comes to a file read it.
pub(crate) fn let_all_read(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o644))
}

/// Opens a file of a spool to read it, not through a link and without waiting for a writer; `None` when there is none.
pub(crate) fn open_of_job(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => Ok(Some(File::from(file))),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads at an offset.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}
