//! Waits for children, its own and adopted ones.

use std::{
    collections::HashSet,
    io,
    process::Command,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use rustix::process::{Pid, WaitId, WaitIdOptions, WaitOptions, WaitStatus};

use super::{
    signal::in_own_session,
    tree::{Alive, Scope},
};

/// The processes whose ends someone waits for.
///
/// The lock is held while a process is started and while zombies are reaped: std's own wait for a failed exec must find
/// its child, and an end must not be seen before its process is known.
#[derive(Default)]
pub struct Processes {
    watched: Mutex<HashSet<Pid>>,
    started: Condvar,
    /// The sessions that were ever begun here, and may not be empty yet.
    sessions: Mutex<HashSet<Pid>>,
}

impl Processes {
    /// Starts the thread that reaps. It calls `ended` for each process of [`Processes::spawn`], until that returns false.
    ///
    /// # Errors
    /// The system has no room for the thread.
    pub fn start(ended: impl Fn(Pid, WaitStatus) -> bool + Send + 'static) -> io::Result<Arc<Self>> {
        let processes = Arc::new(Self::default());
        let shared = processes.clone();
        thread::Builder::new().name("reaper".to_owned()).spawn(move || shared.reap(&ended))?;
        Ok(processes)
    }

    /// Starts a command in a session of its own. Its end will be told.
    ///
    /// # Errors
    /// The command cannot be executed.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Pid> {
        in_own_session(command);
        let mut watched = self.watched();
        let child = command.spawn()?;
        let pid = Pid::from_child(&child);
        watched.insert(pid);
        drop(watched);
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(pid);
        self.started.notify_one();
        Ok(pid)
    }

    /// The living processes of a scope, zombies left out.
    pub fn alive(&self, scope: &Scope) -> Vec<Alive> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        scope.alive(&mut sessions)
    }

    fn watched(&self) -> MutexGuard<'_, HashSet<Pid>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reap(&self, ended: &dyn Fn(Pid, WaitStatus) -> bool) {
        loop {
            // Only looks: the reaping itself needs the lock.
            let any = rustix::process::waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            let mut watched = self.watched();
            match any {
                Err(rustix::io::Errno::CHILD) => {
                    // No child, so no descendant either, until one is started.
                    if watched.is_empty() {
                        drop(self.started.wait(watched));
                    }
                }
                Ok(_) | Err(_) => {
                    while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
                        if watched.remove(&pid) && !ended(pid, status) {
                            return;
                        }
                    }
                }
            }
        }
    }
}
