//! The table of processes, from `libproc`.

#![expect(unsafe_code, reason = "libproc has no safe interface")]

use std::{mem::MaybeUninit, ptr};

use rustix::process::Pid;

use crate::os::unix::Process;

/// Room for processes that begin between two calls.
const SPARE: usize = 64;

/// All processes that this user may see.
pub fn processes() -> Vec<Process> {
    numbers().into_iter().filter_map(look).collect()
}

fn numbers() -> Vec<libc::c_int> {
    // SAFETY: without a buffer, nothing is written, and the number of processes comes back.
    let count = unsafe { libc::proc_listallpids(ptr::null_mut(), 0) };
    let mut numbers = vec![0; usize::try_from(count).unwrap_or(0) + SPARE];
    let bytes = libc::c_int::try_from(size_of_val(numbers.as_slice())).unwrap_or(libc::c_int::MAX);
    // SAFETY: the buffer is as long as it is said to be.
    let found = unsafe { libc::proc_listallpids(numbers.as_mut_ptr().cast(), bytes) };
    numbers.truncate(usize::try_from(found).unwrap_or(0));
    numbers
}

fn look(number: libc::c_int) -> Option<Process> {
    let mut info = MaybeUninit::<libc::proc_bsdinfo>::zeroed();
    let bytes = libc::c_int::try_from(size_of::<libc::proc_bsdinfo>()).ok()?;
    // SAFETY: the buffer is as long as it is said to be.
    let found = unsafe { libc::proc_pidinfo(number, libc::PROC_PIDTBSDINFO, 0, info.as_mut_ptr().cast(), bytes) };
    if found != bytes {
        return None;
    }
    // SAFETY: the call has filled it, and zeros are a valid value anyway.
    let info = unsafe { info.assume_init() };
    // SAFETY: a plain system call.
    let session = unsafe { libc::getsid(number) };
    let pid = Pid::from_raw(number)?;
    Some(Process {
        pid,
        parent: i32::try_from(info.pbi_ppid).ok().and_then(Pid::from_raw),
        session: Pid::from_raw(session.max(0)).unwrap_or(pid),
        dead: info.pbi_status == libc::SZOMB,
    })
}
