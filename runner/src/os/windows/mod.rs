//! Windows.

#![expect(unsafe_code, reason = "handles of processes, and disks, have no safe interface")]

pub(crate) mod files;
mod process;

use std::{
    env,
    ffi::OsString,
    os::windows::{ffi::OsStrExt, process::CommandExt},
    path::{Component, Path},
    process::Command,
    ptr,
};

use model::agent::CANCEL_FILE;
use tracing::warn;
use windows_sys::Win32::{
    Storage::FileSystem::GetDiskFreeSpaceExW,
    System::Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW},
};

pub(crate) use self::process::{Process, oldest, tree};
pub(crate) use super::{
    loopback::{Listener, Stream},
    quiet::EventWatch,
};

/// Whether an agent that says that none of its job's processes is left can know it.
pub(crate) const IS_AGENT_SURE: bool = true;

/// What of the host's environment the agent is started with: without most of these, programs do not start.
pub(crate) const INHERITED: &[&str] = &[
    "ALLUSERSPROFILE",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "COMPUTERNAME",
    "ComSpec",
    "LANG",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "Path",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROCESSOR_IDENTIFIER",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "PUBLIC",
    "SystemDrive",
    "SystemRoot",
    "TEMP",
    "TERM",
    "TMP",
    "USERDOMAIN",
    "USERNAME",
    "windir",
];

/// The variables that name a job's home and its user: for programs that come from elsewhere, and for those of Windows.
pub(crate) fn home_variables(home: &Path) -> Vec<(&'static str, OsString)> {
    let drive = home.components().next().and_then(|component| match component {
        Component::Prefix(prefix) => Some(prefix.as_os_str().to_owned()),
        Component::RootDir | Component::CurDir | Component::ParentDir | Component::Normal(_) => None,
    });
    let mut variables = vec![
        ("HOME", home.into()),
        ("USERPROFILE", home.into()),
        ("USER", env::var_os("USERNAME").unwrap_or_else(|| "user".into())),
    ];
    if let Some(drive) = drive
        && let Ok(inside) = home.strip_prefix(&drive)
    {
        variables.push(("HOMEPATH", inside.into()));
        variables.push(("HOMEDRIVE", drive));
    }
    variables
}

/// Makes a program start with a console that nobody sees, in a group of its own: neither the runner's console nor its end
/// takes the job with it.
pub(crate) fn start_apart(command: &mut Command) {
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// Asks an agent to cancel its task, with a file in its spool.
pub(crate) fn ask_to_cancel(_agent: Process, spool: &Path) {
    if let Err(error) = std::fs::write(spool.join(CANCEL_FILE), b"") {
        warn!("The agent in {} cannot be asked to cancel its task: {error}", spool.display());
    }
}

/// What this machine is, for people.
pub fn host() -> String {
    let name = host_name().unwrap_or_else(|| "Windows".to_owned());
    format!("{name} (Windows on {})", env::consts::ARCH)
}

/// The name of this machine; `None`: it has none.
pub fn host_name() -> Option<String> {
    env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
}

/// Room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this user may still take.
    pub free_bytes: u64,
}

/// Room on the drive of a path; `None`: it does not tell.
pub fn room(path: &Path) -> Option<Room> {
    let wide: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut free_bytes = 0;
    // SAFETY: the text ends with a zero, and the place is valid.
    let found = unsafe { GetDiskFreeSpaceExW(wide.as_ptr(), &raw mut free_bytes, ptr::null_mut(), ptr::null_mut()) };
    (found != 0).then_some(Room { free_bytes })
}
