//! Processes of the host.
//!
//! A process is named by its number and its start time together: numbers are used again.

use std::collections::BTreeSet;

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

use crate::os::system::{is_marked, look, processes};

/// One process, for as long as the host runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// When it was started, in a unit of the system's own.
    pub(crate) started: u64,
}

/// A process, as the system shows it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) process: Process,
    pub(crate) parent: i32,
    pub(crate) session: i32,
    /// It has ended, and nobody has asked how.
    pub(crate) dead: bool,
}

impl Process {
    /// The process that has this number now.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        look(pid).map(|seen| seen.process)
    }

    /// Whether it runs. A dead process that nobody has reaped does not.
    pub(crate) fn is_alive(self) -> bool {
        look(self.pid).is_some_and(|seen| seen.process == self && !seen.dead)
    }

    /// Ends it at once.
    pub(crate) fn kill(self) {
        self.signal(Signal::KILL);
    }

    /// Sends a signal; a process that is gone gets none.
    pub(crate) fn signal(self, signal: Signal) {
        if self.is_alive()
            && let Some(pid) = Pid::from_raw(self.pid)
        {
            // It may end at this very moment: then there is nobody to tell.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// Every living process of a job: the agent's descendants, those of its session, and those that carry its mark in their
/// environment, wherever they have gone.
pub(crate) fn tree(agent: Process, mark: &str) -> BTreeSet<Process> {
    let all = living();
    // The agent led its session; when it is gone, the number may only be used again once the session is empty.
    let mut members: BTreeSet<i32> = all
        .iter()
        .filter(|seen| {
            // Whoever is older than the agent is none of its.
            seen.process == agent
                || seen.process.started >= agent.started
                    && (seen.session == agent.pid || is_marked(seen.process.pid, mark))
        })
        .map(|seen| seen.process.pid)
        .collect();
    loop {
        let before = members.len();
        members.extend(
            all.iter().filter(|seen| members.contains(&seen.parent)).map(|seen| seen.process.pid).collect::<Vec<_>>(),
        );
        if members.len() == before {
            break;
        }
    }
    all.into_iter().map(|seen| seen.process).filter(|process| members.contains(&process.pid)).collect()
}

/// The oldest living process of a job, by its mark alone.
pub(crate) fn oldest(mark: &str) -> Option<Process> {
    let marked = living().into_iter().filter(|seen| is_marked(seen.process.pid, mark));
    marked.map(|seen| seen.process).min_by_key(|process| (process.started, process.pid))
}

fn living() -> Vec<Seen> {
    processes().into_iter().filter(|seen| !seen.dead).collect()
}
