//! Processes: each started in a job object of its own, which holds all that it starts.

use std::{
    collections::HashMap,
    io,
    os::windows::{io::AsRawHandle, process::CommandExt},
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use windows_sys::Win32::{
    Foundation::{CloseHandle, INVALID_HANDLE_VALUE},
    System::{
        Console::{CTRL_BREAK_EVENT, GenerateConsoleCtrlEvent},
        Diagnostics::ToolHelp::{
            CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
        },
        Threading::{CREATE_NEW_PROCESS_GROUP, CREATE_SUSPENDED, OpenThread, ResumeThread, THREAD_SUSPEND_RESUME},
    },
};

use super::job::Job;

/// The number of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pid(pub u32);

/// How a process ended.
#[derive(Clone, Copy, Debug)]
pub struct Status(ExitStatus);

impl Status {
    /// Its code.
    pub fn exit_status(self) -> Option<i32> {
        self.0.code()
    }

    /// There are no signals here.
    pub fn terminating_signal(self) -> Option<i32> {
        None
    }
}

/// A set of processes that is ended together.
pub enum Scope {
    /// What these processes started.
    Of(Vec<Pid>),
    /// Everything that was ever started here.
    All,
}

/// A living process.
pub struct Alive {
    /// Which.
    pub pid: Pid,
    /// Never known here.
    pub orphan: bool,
    job: Arc<Job>,
}

impl Alive {
    /// Asks it to end, as Ctrl-Break does. Only the first process of a step can be asked; with it goes its whole group.
    pub fn ask(&self) {
        // SAFETY: a plain call; a number that is no group is refused.
        unsafe { GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, self.pid.0) };
    }

    /// Ends it.
    pub fn kill(&self) {
        self.job.terminate(self.pid.0);
    }
}

type Ended = dyn Fn(Pid, Status) -> bool + Send + Sync;

/// The processes that were started here.
pub struct Processes {
    ended: Arc<Ended>,
    /// By the first process in each; those that have become empty go when the next is started.
    jobs: Mutex<HashMap<Pid, Arc<Job>>>,
}

impl Processes {
    /// `ended` is called for each process of [`Processes::spawn`].
    ///
    /// # Errors
    /// None here.
    pub fn start(ended: impl Fn(Pid, Status) -> bool + Send + Sync + 'static) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self { ended: Arc::new(ended), jobs: Mutex::default() }))
    }

    /// Starts a command in a job object and a group of its own. Its end will be told.
    ///
    /// # Errors
    /// The command cannot be executed.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Pid> {
        let job = Job::new()?;
        // It must not start anything before it is in its job object.
        let mut child = command.creation_flags(CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP).spawn()?;
        let pid = Pid(child.id());
        if let Err(error) = job.take(child.as_raw_handle()).and_then(|()| resume(pid)) {
            drop(child.kill());
            return Err(error);
        }
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|_, job| !job.processes().is_empty());
        jobs.insert(pid, Arc::new(job));
        drop(jobs);
        let ended = self.ended.clone();
        thread::Builder::new().name(format!("wait {}", pid.0)).spawn(move || wait(&mut child, pid, &*ended))?;
        Ok(pid)
    }

    /// The living processes of a scope.
    pub fn alive(&self, scope: &Scope) -> Vec<Alive> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |root: &Pid| match scope {
            Scope::Of(roots) => roots.contains(root),
            Scope::All => true,
        };
        let meant = jobs.iter().filter(|(root, _)| is_meant(root));
        let alive = |job: &Arc<Job>| {
            let job = job.clone();
            let processes = job.processes();
            processes.into_iter().map(move |pid| Alive { pid: Pid(pid), orphan: false, job: job.clone() })
        };
        meant.flat_map(|(_, job)| alive(job)).collect()
    }
}

fn wait(child: &mut Child, pid: Pid, ended: &Ended) {
    if let Ok(status) = child.wait() {
        ended(pid, Status(status));
    }
}

/// Lets a process run that was started suspended: it has one thread.
fn resume(pid: Pid) -> io::Result<()> {
    let mut entry = THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..THREADENTRY32::default() };
    let mut resumed = false;
    // SAFETY: the structure says how long it is; every handle is closed once, and only where it was opened.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
        if snapshot == INVALID_HANDLE_VALUE {
            return Err(io::Error::last_os_error());
        }
        let mut more = Thread32First(snapshot, &raw mut entry);
        while more != 0 {
            if entry.th32OwnerProcessID == pid.0 {
                let thread = OpenThread(THREAD_SUSPEND_RESUME, 0, entry.th32ThreadID);
                if !thread.is_null() {
                    resumed |= ResumeThread(thread) != u32::MAX;
                    CloseHandle(thread);
                }
            }
            more = Thread32Next(snapshot, &raw mut entry);
        }
        CloseHandle(snapshot);
    }
    if resumed { Ok(()) } else { Err(io::Error::other("the process that was started cannot be resumed")) }
}
