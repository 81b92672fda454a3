//! Which processes belong to a step, or to the task.

use std::{collections::HashSet, fs};

use rustix::process::{Pid, Signal};

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
    /// It stands for its process group: where there is no `/proc`.
    group: bool,
}

impl Alive {
    /// Sends a signal; a process that is gone already is fine.
    pub fn signal(&self, signal: Signal) {
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
    /// The living processes of the scope, zombies left out.
    ///
    /// Where there is no `/proc`, the process groups of the scope's roots have to do.
    pub fn alive(&self) -> Vec<Alive> {
        let table = processes();
        if table.is_empty() {
            return self.without_proc();
        }
        let own = rustix::process::getpid();
        let members: HashSet<Pid> = match self {
            // As PID 1, whatever is visible is the container's: also what `docker exec` started.
            Self::All if is_init() => table.iter().map(|process| process.pid).collect(),
            Self::All => descendants(&table, &[own]),
            Self::Of(roots) => {
                let mut members = descendants(&table, roots);
                let sessions =
                    table.iter().filter(|process| roots.contains(&process.session)).map(|process| process.pid);
                members.extend(sessions.collect::<Vec<_>>());
                // A session's processes may have children that left it.
                descendants(&table, &members.into_iter().collect::<Vec<_>>())
            }
        };
        let alive =
            table.iter().filter(|process| !process.dead && process.pid != own && members.contains(&process.pid));
        alive.map(|process| Alive { pid: process.pid, orphan: process.parent == Some(own), group: false }).collect()
    }

    fn without_proc(&self) -> Vec<Alive> {
        match self {
            Self::Of(roots) => {
                let alive = |root: &&Pid| rustix::process::test_kill_process_group(**root).is_ok();
                roots.iter().filter(alive).map(|root| Alive { pid: *root, orphan: false, group: true }).collect()
            }
            Self::All => Vec::new(),
        }
    }
}

struct Process {
    pid: Pid,
    parent: Option<Pid>,
    session: Pid,
    dead: bool,
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

/// All processes that `/proc` shows.
fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let pid = number(name.to_str()?)?;
            let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
            parse(pid, &stat)
        })
        .collect()
}

/// Reads `PID (NAME) STATE PPID PGRP SESSION …`. The name may hold anything, also `)`.
fn parse(pid: Pid, stat: &[u8]) -> Option<Process> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let rest = std::str::from_utf8(&stat[after_name..]).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let dead = matches!(fields.next()?, "Z" | "X" | "x");
    let parent = number(fields.next()?);
    let session = number(fields.nth(1)?).unwrap_or(pid);
    Some(Process { pid, parent, session, dead })
}

/// A process number. Of a process that is just ending, the kernel shows -1 for some.
fn number(text: &str) -> Option<Pid> {
    text.parse().ok().filter(|number| *number > 0).and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::{number, parse};

    #[test]
    fn lines_of_proc_are_read() {
        let pid = number("12").expect("positive");
        let process = parse(pid, b"12 (a) b (c) S 7 12 9 0 -1").expect("complete");
        assert_eq!(
            (process.parent, process.session, process.dead),
            (number("7"), number("9").expect("positive"), false)
        );
        let ending = parse(pid, b"12 (x) Z 0 -1 -1 0 -1").expect("complete");
        assert_eq!((ending.parent, ending.session, ending.dead), (None, pid, true));
        assert!(parse(pid, b"12 (x").is_none());
    }
}
