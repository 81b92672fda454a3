//! Processes of the host, as `/proc` shows them.
//!
//! A process is named by its number and its start time together: numbers are used again.

use std::{collections::BTreeSet, fs};

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

/// One process, for as long as the host runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) pid: i32,
    /// In ticks since the host's start.
    pub(super) started: u64,
}

/// A line of `/proc/PID/stat`.
#[derive(Debug)]
struct Stat {
    process: Process,
    state: char,
    parent: i32,
    session: i32,
}

impl Process {
    /// The process that has this number now.
    pub(super) fn of(pid: i32) -> Option<Self> {
        stat(pid).map(|stat| stat.process)
    }

    /// Whether it runs. A dead process that nobody has reaped does not.
    pub(super) fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.process == self && !matches!(stat.state, 'Z' | 'X'))
    }

    /// Sends a signal; a process that is gone gets none.
    pub(super) fn signal(self, signal: Signal) {
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
pub(super) fn tree(agent: Process, mark: &str) -> BTreeSet<Process> {
    let all = processes();
    // The agent led its session; when it is gone, the number may only be used again once the session is empty.
    let mut members: BTreeSet<i32> = all
        .iter()
        .filter(|stat| {
            stat.process == agent
                || stat.session == agent.pid && stat.process.started >= agent.started
                || is_marked(stat.process.pid, mark)
        })
        .map(|stat| stat.process.pid)
        .collect();
    loop {
        let before = members.len();
        members.extend(
            all.iter().filter(|stat| members.contains(&stat.parent)).map(|stat| stat.process.pid).collect::<Vec<_>>(),
        );
        if members.len() == before {
            break;
        }
    }
    all.into_iter().map(|stat| stat.process).filter(|process| members.contains(&process.pid)).collect()
}

/// The oldest living process of a job, by its mark alone.
pub(super) fn oldest(mark: &str) -> Option<Process> {
    let marked = processes().into_iter().filter(|stat| is_marked(stat.process.pid, mark));
    marked.map(|stat| stat.process).min_by_key(|process| (process.started, process.pid))
}

/// All living processes of the host.
fn processes() -> Vec<Stat> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(stat)
        .filter(|stat| !matches!(stat.state, 'Z' | 'X'))
        .collect()
}

/// Whether a process was started with the variable `mark` (`NAME=value`).
fn is_marked(pid: i32, mark: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()))
}

fn stat(pid: i32) -> Option<Stat> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        process: Process { pid, started: fields.get(19)?.parse().ok()? },
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
    })
}
