//! Job objects: sets of processes that nothing leaves. The agent is in one of its own, which ends with it; each step in one
//! inside of that.

use std::{
    ffi::c_void,
    io, mem,
    os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle},
    ptr,
};

use windows_sys::Win32::{
    Foundation::{CloseHandle, HANDLE},
    System::{
        JobObjects::{
            AssignProcessToJobObject, CreateJobObjectW, IsProcessInJob, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
            JOBOBJECT_BASIC_PROCESS_ID_LIST, JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicProcessIdList,
            JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
        },
        Threading::{
            GetCurrentProcess, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_TERMINATE, TerminateProcess,
        },
    },
};

/// What a process that was ended from outside says.
const TERMINATED: u32 = 1;

/// Processes of one job that are asked for at first.
const ROOM: usize = 64;

/// A job object.
pub struct Job {
    handle: OwnedHandle,
}

impl Job {
    /// An empty one.
    ///
    /// # Errors
    /// The system has no room for it.
    pub fn new() -> io::Result<Self> {
        // SAFETY: neither attributes nor a name are given.
        let handle = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle is new, and nobody else's.
        Ok(Self { handle: unsafe { OwnedHandle::from_raw_handle(handle) } })
    }

    fn raw(&self) -> HANDLE {
        self.handle.as_raw_handle()
    }

    /// Ends all processes in it when the last handle to it goes.
    fn end_with_handle(&self) -> io::Result<()> {
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        let bytes = u32::try_from(size_of_val(&limits)).map_err(io::Error::other)?;
        // SAFETY: the structure is of the kind that is named, and as long as it is said to be.
        let set = unsafe {
            SetInformationJobObject(self.raw(), JobObjectExtendedLimitInformation, (&raw const limits).cast(), bytes)
        };
        done(set)
    }

    /// Takes a process in, with all that it will start.
    ///
    /// # Errors
    /// It has ended, or the system refuses.
    pub fn take(&self, process: RawHandle) -> io::Result<()> {
        // SAFETY: both handles are open.
        done(unsafe { AssignProcessToJobObject(self.raw(), process) })
    }

    /// The numbers of the processes in it.
    pub fn processes(&self) -> Vec<u32> {
        let mut room = ROOM;
        loop {
            // Two counts, then a list; a word holds both counts or one number.
            let mut list = vec![0_usize; 1 + room];
            let bytes = u32::try_from(size_of_val(list.as_slice())).unwrap_or(u32::MAX);
            // SAFETY: the buffer is as long as it is said to be, and aligned as its widest member.
            let found = unsafe {
                QueryInformationJobObject(
                    self.raw(),
                    JobObjectBasicProcessIdList,
                    list.as_mut_ptr().cast::<c_void>(),
                    bytes,
                    ptr::null_mut(),
                )
            };
            // SAFETY: the buffer begins with both counts, which are zero where the call has failed.
            let head = unsafe { &*list.as_ptr().cast::<JOBOBJECT_BASIC_PROCESS_ID_LIST>() };
            let (all, listed) = (head.NumberOfAssignedProcesses as usize, head.NumberOfProcessIdsInList as usize);
            if listed < all && room < all {
                room = all + ROOM;
                continue;
            }
            if found == 0 {
                return Vec::new();
            }
            let skipped = mem::offset_of!(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) / size_of::<usize>();
            return list.iter().skip(skipped).take(listed).filter_map(|pid| u32::try_from(*pid).ok()).collect();
        }
    }

    /// Ends a process, if it is in here: numbers are used again.
    pub fn terminate(&self, pid: u32) {
        // SAFETY: plain calls; the handle is closed once, and only where it was opened.
        unsafe {
            let process = OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION, 0, pid);
            if process.is_null() {
                return;
            }
            let mut is_here = 0;
            if IsProcessInJob(process, self.raw(), &raw mut is_here) != 0 && is_here != 0 {
                TerminateProcess(process, TERMINATED);
            }
            CloseHandle(process);
        }
    }
}

/// Puts the agent into a job object that ends when the agent does, however it ends.
///
/// # Errors
/// The system refuses.
pub fn prepare() -> io::Result<()> {
    let job = Job::new()?;
    job.end_with_handle()?;
    // SAFETY: it means the process itself, and need not be closed.
    job.take(unsafe { GetCurrentProcess() })?;
    // The handle has to live as long as the process.
    mem::forget(job);
    Ok(())
}

/// An error of the system where it says so with a zero.
pub fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
