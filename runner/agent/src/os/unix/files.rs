//! Files, their modes and links.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::fs::{AtFlags, CWD, OFlags, Timespec, Timestamps};

use crate::os::Room;
pub use crate::os::system::{reserve, umask};

/// Where the kernel shows processes and devices: a link that leads there leads to no file of the job's.
pub const NO_FILES: &[&str] = &["/proc", "/sys", "/dev"];

/// Where temporary files go that the job's own directories need not hold.
pub const TEMPORARY: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

/// What an absolute path begins with.
pub const ROOT: &str = "/";

/// Where absolute paths lie, as an archive of a cache names it: names there, directories here.
pub const ROOTS: &[(&str, &str)] = &[("root", "/")];

/// What may be kept of a mode.
const MODES: u32 = 0o7777;

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

/// Makes an empty file with a mode, as far as the umask lets it. Nothing is written through a link, nor into a file that is
/// there already.
///
/// # Errors
/// `AlreadyExists`, or it cannot be made.
pub fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(mode).custom_flags(flags(OFlags::NOFOLLOW)).open(path)
}

/// Opens a file to read it, without waiting should it have become a pipe meanwhile, and where `follows` is false not through
/// a link.
///
/// # Errors
/// It cannot be read.
pub fn open(path: &Path, follows: bool) -> io::Result<File> {
    let how = if follows { OFlags::NONBLOCK } else { OFlags::NOFOLLOW | OFlags::NONBLOCK };
    OpenOptions::new().read(true).custom_flags(flags(how)).open(path)
}

/// Writes a file, over whatever file is there, that only its owner may use.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
        // It may be somebody's mode that is too open, and is never as long as ours while it is written.
        fs::set_permissions(path, Permissions::from_mode(mode))?;
    }
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(mode).open(path)?;
    io::Write::write_all(&mut file, bytes)
}

/// Makes a directory with a mode; with its parents where it is to be `recursive`, and then it may be there already.
///
/// # Errors
/// It cannot be made.
pub fn create_directory(path: &Path, mode: u32, recursive: bool) -> io::Result<()> {
    DirBuilder::new().recursive(recursive).mode(mode).create(path)
}

/// The mode of a file.
pub fn mode(metadata: &Metadata) -> u32 {
    metadata.mode() & MODES
}

/// Sets the mode of a path.
///
/// # Errors
/// It is somebody else's.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Sets the mode of an open file.
///
/// # Errors
/// The file system cannot.
pub fn set_mode_of(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

/// Sets both times of what stands at a path, of a link itself.
///
/// # Errors
/// The file system cannot.
pub fn set_time(path: &Path, time: SystemTime) -> io::Result<()> {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let time =
        Timespec { tv_sec: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), tv_nsec: since.subsec_nanos().into() };
    let times = Timestamps { last_access: time, last_modification: time };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Makes a symbolic link.
///
/// # Errors
/// It cannot be made.
pub fn symlink(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

/// Which file it is, whatever its name: two paths with the same are one file.
pub fn identity(_path: &Path, metadata: &Metadata) -> Option<(u64, u64)> {
    Some((metadata.dev(), metadata.ino()))
}

/// Whether a file has more names than one.
pub fn has_other_names(metadata: &Metadata) -> bool {
    metadata.nlink() > 1
}

/// A text of the system as bytes.
pub fn bytes(text: &OsStr) -> Cow<'_, [u8]> {
    text.as_bytes().into()
}

/// Bytes as a text of the system.
pub fn text(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

/// The bytes of a name in an archive.
pub fn archive_name(path: &Path) -> Cow<'_, [u8]> {
    bytes(path.as_os_str())
}

/// The name of an absolute path in an archive, below one of [`ROOTS`].
pub fn below_roots(path: &Path) -> PathBuf {
    Path::new("root").join(path.strip_prefix(ROOT).unwrap_or(path))
}

/// Whether a part of a name in an archive means one file in its directory: always.
pub fn is_plain(_part: &OsStr) -> bool {
    true
}

/// Room on the file system of a path; `None`: it does not tell.
pub fn room(path: &Path) -> Option<Room> {
    let found = rustix::fs::statvfs(path).ok()?;
    let free_bytes = found.f_bavail.saturating_mul(found.f_frsize);
    // A file system without blocks, or without a table of files, has no bound that it could tell.
    Some(Room {
        free_bytes: if found.f_blocks > 0 { free_bytes } else { u64::MAX },
        takes_files: found.f_files == 0 || found.f_favail > 0,
    })
}
