//! Files and links. There are no modes: a file is read-only, or it is not.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    fs::{self, File, FileTimes, Metadata, OpenOptions},
    io::{self, Write},
    os::windows::{
        ffi::OsStrExt,
        fs::{MetadataExt, OpenOptionsExt, symlink_dir, symlink_file},
        io::AsRawHandle,
    },
    path::{Component, Path, PathBuf, Prefix},
    process::{Command, Stdio},
    ptr,
    time::SystemTime,
};

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_READONLY, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
    FILE_WRITE_ATTRIBUTES, GetDiskFreeSpaceExW, GetFileInformationByHandle,
};

use crate::os::Room;

/// No place here shows processes and devices as files.
pub const NO_FILES: &[&str] = &[];

/// The home is where temporary files go here.
pub const TEMPORARY: &[&str] = &[];

/// What an absolute path begins with: whatever the drive is.
pub const ROOT: &str = "";

/// Where absolute paths lie, as an archive of a cache names it: names there, directories here. A drive need not exist.
pub const ROOTS: &[(&str, &str)] = &[
    ("root/A", r"A:\"),
    ("root/B", r"B:\"),
    ("root/C", r"C:\"),
    ("root/D", r"D:\"),
    ("root/E", r"E:\"),
    ("root/F", r"F:\"),
    ("root/G", r"G:\"),
    ("root/H", r"H:\"),
    ("root/I", r"I:\"),
    ("root/J", r"J:\"),
    ("root/K", r"K:\"),
    ("root/L", r"L:\"),
    ("root/M", r"M:\"),
    ("root/N", r"N:\"),
    ("root/O", r"O:\"),
    ("root/P", r"P:\"),
    ("root/Q", r"Q:\"),
    ("root/R", r"R:\"),
    ("root/S", r"S:\"),
    ("root/T", r"T:\"),
    ("root/U", r"U:\"),
    ("root/V", r"V:\"),
    ("root/W", r"W:\"),
    ("root/X", r"X:\"),
    ("root/Y", r"Y:\"),
    ("root/Z", r"Z:\"),
];

/// What tells in a mode that the owner may write.
const WRITABLE: u32 = 0o200;

/// What tells in a mode that it is for the owner alone.
const OTHERS: u32 = 0o077;

/// Makes an empty file. Nothing is written through a link, nor into a file that is there already.
///
/// # Errors
/// `AlreadyExists`, or it cannot be made.
pub fn create_new(path: &Path, _mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Opens a file to read it, and where `follows` is false not through a link.
///
/// # Errors
/// It cannot be read.
pub fn open(path: &Path, follows: bool) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(if follows { 0 } else { FILE_FLAG_OPEN_REPARSE_POINT })
        .open(path)?;
    if !follows && file.metadata()?.is_symlink() {
        return Err(io::Error::other("it is a link"));
    }
    Ok(file)
}

/// Writes a file, over whatever file is there. One whose mode is for its owner alone is closed to other users, as `ssh` wants
/// its keys.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
    if mode & OTHERS == 0 {
        close_to_others(path)?;
    }
    file.write_all(bytes)
}

/// Takes the rights that a file has inherited away from it, before there is anything in it.
fn close_to_others(path: &Path) -> io::Result<()> {
    let user = super::programs::account();
    let mut grant = user;
    grant.push(":F");
    let mut icacls = Command::new("icacls.exe");
    icacls.arg(path).args(["/inheritance:r", "/grant:r"]).arg(grant).arg("/Q");
    let done = icacls.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if done.success() { Ok(()) } else { Err(io::Error::other("icacls cannot close it to other users")) }
}

/// Makes a directory; with its parents where it is to be `recursive`, and then it may be there already.
///
/// # Errors
/// It cannot be made.
pub fn create_directory(path: &Path, _mode: u32, recursive: bool) -> io::Result<()> {
    if recursive { fs::create_dir_all(path) } else { fs::create_dir(path) }
}

/// The mode that a file would have elsewhere. What can be executed is told by its name here, so everything may be elsewhere.
pub fn mode(metadata: &Metadata) -> u32 {
    if metadata.file_attributes() & FILE_ATTRIBUTE_READONLY != 0 && !metadata.is_dir() { 0o555 } else { 0o755 }
}

/// Makes a file read-only, or not.
///
/// # Errors
/// It is somebody else's.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Ok(());
    }
    let mut permissions = metadata.permissions();
    permissions.set_readonly(mode & WRITABLE == 0);
    fs::set_permissions(path, permissions)
}

/// Makes an open file read-only, or not.
///
/// # Errors
/// The file system cannot.
pub fn set_mode_of(file: &File, mode: u32) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(mode & WRITABLE == 0);
    file.set_permissions(permissions)
}

/// A new file can be written to: nothing but that may have to be taken away.
pub fn umask() -> u32 {
    0o7777
}

/// Keeps no disk space: a full disk is waited out.
pub fn reserve(_file: &File, _bytes: u64) {}

/// Sets both times of what stands at a path, of a link itself.
///
/// # Errors
/// The file system cannot.
pub fn set_time(path: &Path, time: SystemTime) -> io::Result<()> {
    // The flags let a directory and a link be opened.
    let flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
    let file = OpenOptions::new().access_mode(FILE_WRITE_ATTRIBUTES).custom_flags(flags).open(path)?;
    file.set_times(FileTimes::new().set_accessed(time).set_modified(time))
}

/// Makes a symbolic link, to a directory where the target is one now.
///
/// # Errors
/// It cannot be made; only administrators may, or everybody where the machine is in developer mode.
pub fn symlink(target: &Path, place: &Path) -> io::Result<()> {
    const NOT_ALLOWED: i32 = 1314;
    let is_directory = place.parent().is_some_and(|parent| parent.join(target).is_dir());
    let made = if is_directory { symlink_dir(target, place) } else { symlink_file(target, place) };
    made.map_err(|error| match error.raw_os_error() {
        Some(NOT_ALLOWED) => io::Error::new(
            io::ErrorKind::PermissionDenied,
            "this user may make no symbolic links: switch the developer mode of Windows on",
        ),
        _ => error,
    })
}

/// Which file it is, whatever its name: two paths with the same are one file.
pub fn identity(path: &Path, _metadata: &Metadata) -> Option<(u64, u64)> {
    let flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
    let file = OpenOptions::new().access_mode(0).custom_flags(flags).open(path).ok()?;
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open, and the place is valid.
    let found = unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut information) };
    let index = u64::from(information.nFileIndexHigh) << 32 | u64::from(information.nFileIndexLow);
    (found != 0).then_some((information.dwVolumeSerialNumber.into(), index))
}

/// Whether a file has more names than one: that is not told cheaply, and so each is looked up.
pub fn has_other_names(_metadata: &Metadata) -> bool {
    true
}

/// A text of the system as bytes.
pub fn bytes(text: &OsStr) -> Cow<'_, [u8]> {
    match text.to_string_lossy() {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Bytes as a text of the system.
pub fn text(bytes: Vec<u8>) -> OsString {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()).into()
}

/// The bytes of a name in an archive: with slashes, as everywhere else.
pub fn archive_name(path: &Path) -> Cow<'_, [u8]> {
    let parts = path.components().filter_map(|component| match component {
        Component::Prefix(_) | Component::RootDir => None,
        Component::CurDir => Some(".".into()),
        Component::ParentDir => Some("..".into()),
        Component::Normal(part) => Some(part.to_string_lossy()),
    });
    Cow::Owned(parts.collect::<Vec<_>>().join("/").into_bytes())
}

/// The name of an absolute path in an archive, below one of [`ROOTS`].
pub fn below_roots(path: &Path) -> PathBuf {
    let mut name = PathBuf::from("root");
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => match prefix.kind() {
                Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => {
                    name.push(char::from(letter.to_ascii_uppercase()).to_string());
                }
                // A share of the network has no drive: what lies there finds no place again, and says so.
                _ => name.push("share"),
            },
            Component::Normal(part) => name.push(part),
            Component::RootDir | Component::CurDir | Component::ParentDir => {}
        }
    }
    name
}

/// Whether a part of a name in an archive means one file in its directory: not where it names a drive or a stream.
pub fn is_plain(part: &OsStr) -> bool {
    !part.as_encoded_bytes().contains(&b':')
}

/// Room on the drive of a path; `None`: it does not tell.
pub fn room(path: &Path) -> Option<Room> {
    let wide: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut free_bytes = 0;
    // SAFETY: the text ends with a zero, and the place is valid.
    let found = unsafe { GetDiskFreeSpaceExW(wide.as_ptr(), &raw mut free_bytes, ptr::null_mut(), ptr::null_mut()) };
    (found != 0).then_some(Room { free_bytes, takes_files: true })
}
