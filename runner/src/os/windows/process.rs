//! The agent's process. What it has started is in its job object, which the kernel ends with it: so nothing else is to be
//! looked for.
//!
//! A process is named by its number and its start time together: numbers are used again.

use std::{
    collections::BTreeSet,
    os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle},
};

use serde::{Deserialize, Serialize};
use windows_sys::Win32::{
    Foundation::{FILETIME, WAIT_TIMEOUT},
    System::Threading::{
        GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, PROCESS_TERMINATE,
        TerminateProcess, WaitForSingleObject,
    },
};

/// What a process that was ended from outside says.
const TERMINATED: u32 = 1;

/// One process, for as long as the host runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// When it was started, in units of 100 nanoseconds since 1601.
    pub(crate) started: u64,
}

fn open(pid: i32, rights: u32) -> Option<OwnedHandle> {
    // SAFETY: a plain call.
    let handle = unsafe { OpenProcess(rights, 0, pid.cast_unsigned()) };
    // SAFETY: the handle is new, and nobody else's.
    (!handle.is_null()).then(|| unsafe { OwnedHandle::from_raw_handle(handle) })
}

fn started(process: &OwnedHandle) -> Option<u64> {
    let (mut began, mut unused) = (FILETIME::default(), [FILETIME::default(); 3]);
    let [ended, kernel, user] = &mut unused;
    // SAFETY: the handle is open, and all places are valid.
    let found = unsafe { GetProcessTimes(process.as_raw_handle(), &raw mut began, ended, kernel, user) };
    (found != 0).then(|| u64::from(began.dwHighDateTime) << 32 | u64::from(began.dwLowDateTime))
}

impl Process {
    /// The process that has this number now.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let process = open(pid, PROCESS_QUERY_LIMITED_INFORMATION)?;
        Some(Self { pid, started: started(&process)? })
    }

    fn open(self, rights: u32) -> Option<OwnedHandle> {
        let process = open(self.pid, rights | PROCESS_QUERY_LIMITED_INFORMATION)?;
        (started(&process) == Some(self.started)).then_some(process)
    }

    /// Whether it runs.
    pub(crate) fn is_alive(self) -> bool {
        // SAFETY: the handle is open; nothing is waited for.
        self.open(PROCESS_SYNCHRONIZE)
            .is_some_and(|process| unsafe { WaitForSingleObject(process.as_raw_handle(), 0) } == WAIT_TIMEOUT)
    }

    /// Ends it at once, and with it everything in its job object.
    pub(crate) fn kill(self) {
        if let Some(process) = self.open(PROCESS_TERMINATE) {
            // SAFETY: the handle is open. It may have ended at this very moment: then there is nobody to end.
            unsafe { TerminateProcess(process.as_raw_handle(), TERMINATED) };
        }
    }
}

/// Every living process of a job that has to be ended by itself: the agent.
pub(crate) fn tree(agent: Process, _mark: &str) -> BTreeSet<Process> {
    agent.is_alive().then_some(agent).into_iter().collect()
}

/// The environment of another process cannot be looked at here: a runner that is killed in the moment between the start of an
/// agent and the note of its number does not find it again.
pub(crate) fn oldest(_mark: &str) -> Option<Process> {
    None
}
