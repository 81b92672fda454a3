//! Which processes belong to a step, or to the task.

use std::collections::HashSet;

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions},
};

use crate::os::system::{ADOPTS, processes};

/// The agent is the first process of its container.
pub fn is_init() -> bool {
    rustix::process::getpid().is_init()
}

/// A living process.
pub struct Alive {
    /// Which.
    pub pid: Pid,
    /// Its parent is gone, so the agent has adopted it.
    pub orphan: bool,
    /// It stands for its process group: where the system shows no processes.
    group: bool,
}

impl Alive {
    /// Asks it to end, with TERM.
    pub fn ask(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it, with KILL.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Sends a signal; a process that is gone already is fine.
    fn signal(&self, signal: Signal) {
        let _ = if self.group {
            rustix::process::kill_process_group(self.pid, signal)
        } else {
            rustix::process::kill_process(self.pid, signal)
        };
    }
}

/// A set of processes that is ended together.
pub enum Scope {
    /// What these processes started: their sessions, and all descendants.
    Of(Vec<Pid>),
    /// Everything but the agent.
    All,
}

impl Scope {
    /// The living processes of the scope, zombies left out. `sessions` are those that the agent has begun; empty ones are
    /// forgotten, as their numbers may be used again.
    ///
    /// Where the system shows no processes, the process groups of the scope's roots have to do.
    pub(super) fn alive(&self, sessions: &mut HashSet<Pid>) -> Vec<Alive> {
        let adopts_all = ADOPTS && !is_init();
        if matches!(self, Self::All) && adopts_all && is_childless() {
            sessions.clear();
            return Vec::new();
        }
        let table = processes();
        if table.is_empty() {
            return self.without_table();
        }
        sessions.retain(|session| table.iter().any(|process| process.session == *session));
        let own = rustix::process::getpid();
        let members: HashSet<Pid> = match self {
            // As PID 1, whatever is visible is the container's: also what `docker exec` started.
            Self::All if is_init() => table.iter().map(|process| process.pid).collect(),
            Self::All if ADOPTS => descendants(&table, &[own]),
            Self::All => of_sessions(&table, &[own], |session| sessions.contains(&session)),
            Self::Of(roots) => of_sessions(&table, roots, |session| roots.contains(&session)),
        };
        let alive =
            table.iter().filter(|process| !process.dead && process.pid != own && members.contains(&process.pid));
        alive.map(|process| Alive { pid: process.pid, orphan: process.parent == Some(own), group: false }).collect()
    }

    fn without_table(&self) -> Vec<Alive> {
        match self {
            Self::Of(roots) => {
                let alive = |root: &&Pid| rustix::process::test_kill_process_group(**root).is_ok();
                roots.iter().filter(alive).map(|root| Alive { pid: *root, orphan: false, group: true }).collect()
            }
            Self::All => Vec::new(),
        }
    }
}

/// Whether nothing descends from the agent, where it adopts orphans: then every descendant has one of its children above it.
fn is_childless() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(rustix::process::waitid(WaitId::All, options), Err(Errno::CHILD))
}

/// A process, as the system shows it.
pub struct Process {
    /// Which.
    pub pid: Pid,
    /// Whose child it is now.
    pub parent: Option<Pid>,
    /// The session that it is in.
    pub session: Pid,
    /// It has ended, and nobody has asked how.
    pub dead: bool,
}

/// The descendants of these, and those of everything in the sessions.
fn of_sessions(table: &[Process], roots: &[Pid], is_meant: impl Fn(Pid) -> bool) -> HashSet<Pid> {
    let mut members = descendants(table, roots);
    members.extend(table.iter().filter(|process| is_meant(process.session)).map(|process| process.pid));
    // A session's processes may have children that left it.
    descendants(table, &members.into_iter().collect::<Vec<_>>())
}

fn descendants(table: &[Process], roots: &[Pid]) -> HashSet<Pid> {
    let mut found: HashSet<Pid> = roots.iter().copied().collect();
    loop {
        let before = found.len();
        found.extend(
            table
                .iter()
                .filter(|process| process.parent.is_some_and(|parent| found.contains(&parent)))
                .map(|process| process.pid)
                .collect::<Vec<_>>(),
        );
        if found.len() == before {
            return found;
        }
    }
}
