//! The table of processes, from `/proc`.

use std::fs;

use rustix::process::Pid;

use crate::os::unix::Process;

/// All processes that `/proc` shows; none where there is no `/proc`.
pub fn processes() -> Vec<Process> {
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
