//! The table of processes, from `libproc`, and their environments, from `sysctl`.

#![expect(unsafe_code, reason = "libproc and sysctl have no safe interface")]

use std::{mem::MaybeUninit, ptr};

use crate::os::unix::process::{Process, Seen};

/// Room for processes that begin between two calls.
const SPARE: usize = 64;

/// All processes of the host.
pub(crate) fn processes() -> Vec<Seen> {
    // SAFETY: without a buffer, nothing is written, and the number of processes comes back.
    let count = unsafe { libc::proc_listallpids(ptr::null_mut(), 0) };
    let mut numbers = vec![0; usize::try_from(count).unwrap_or(0) + SPARE];
    let bytes = libc::c_int::try_from(size_of_val(numbers.as_slice())).unwrap_or(libc::c_int::MAX);
    // SAFETY: the buffer is as long as it is said to be.
    let found = unsafe { libc::proc_listallpids(numbers.as_mut_ptr().cast(), bytes) };
    numbers.truncate(usize::try_from(found).unwrap_or(0));
    numbers.into_iter().filter_map(look).collect()
}

/// One process; its start is in microseconds since 1970.
pub(crate) fn look(pid: i32) -> Option<Seen> {
    let mut info = MaybeUninit::<libc::proc_bsdinfo>::zeroed();
    let bytes = libc::c_int::try_from(size_of::<libc::proc_bsdinfo>()).ok()?;
    // SAFETY: the buffer is as long as it is said to be.
    let found = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDTBSDINFO, 0, info.as_mut_ptr().cast(), bytes) };
    if found != bytes {
        return None;
    }
    // SAFETY: the call has filled it, and zeros are a valid value anyway.
    let info = unsafe { info.assume_init() };
    // SAFETY: a plain system call.
    let session = unsafe { libc::getsid(pid) };
    Some(Seen {
        process: Process {
            pid,
            started: info.pbi_start_tvsec.saturating_mul(1_000_000).saturating_add(info.pbi_start_tvusec),
        },
        parent: i32::try_from(info.pbi_ppid).ok()?,
        session,
        dead: info.pbi_status == libc::SZOMB,
    })
}

/// Whether a process was started with the variable `mark` (`NAME=value`). Of other users' processes, and of those of the
/// system, nobody is told.
pub(crate) fn is_marked(pid: i32, mark: &str) -> bool {
    arguments(pid).is_some_and(|bytes| bytes.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()))
}

/// The memory of a process where its arguments and then its environment stood at its start.
fn arguments(pid: i32) -> Option<Vec<u8>> {
    let mut name = [libc::CTL_KERN, libc::KERN_PROCARGS2, pid];
    let mut length: libc::size_t = 0;
    let words = libc::c_uint::try_from(name.len()).ok()?;
    // SAFETY: without a buffer, only the length is written.
    let asked = unsafe { libc::sysctl(name.as_mut_ptr(), words, ptr::null_mut(), &raw mut length, ptr::null_mut(), 0) };
    if asked != 0 {
        return None;
    }
    let mut bytes = vec![0; length];
    // SAFETY: the buffer is as long as it is said to be.
    let asked = unsafe {
        libc::sysctl(name.as_mut_ptr(), words, bytes.as_mut_ptr().cast(), &raw mut length, ptr::null_mut(), 0)
    };
    bytes.truncate(length);
    (asked == 0).then_some(bytes)
}
