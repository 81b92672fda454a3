//! Whether the kernel killed something because memory ran out.

use std::{fs, path::PathBuf};

use model::event::size;

/// What version 1 says instead of no limit is a little less than 2^63.
const NO_LIMIT: u64 = 1 << 60;

/// Counts the kernel's out-of-memory kills around the agent.
pub struct OutOfMemory {
    counter: Option<PathBuf>,
    seen: u64,
}

impl OutOfMemory {
    /// Finds the counter: that of the agent's cgroup (version 2 or 1), else that of the whole system.
    pub fn watch() -> Self {
        let counter = candidates().into_iter().find(|path| read(path).is_some());
        let seen = counter.as_ref().and_then(read).unwrap_or_default();
        Self { counter, seen }
    }

    /// The limit and the most that was used, as far as the kernel tells them: `its limit is 4 GiB, its peak was 4 GiB`.
    pub fn usage(&self) -> Option<String> {
        let group = self.counter.as_ref()?.parent()?;
        let number = |names: [&str; 2]| {
            names.iter().find_map(|name| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok())
        };
        let limit = number(["memory.max", "memory.limit_in_bytes"]).filter(|limit| *limit < NO_LIMIT);
        let peak = number(["memory.peak", "memory.max_usage_in_bytes"]);
        match (limit.map(size), peak.map(size)) {
            (Some(limit), Some(peak)) => Some(format!("its limit is {limit}, its peak was {peak}")),
            (Some(limit), None) => Some(format!("its limit is {limit}")),
            (None, Some(peak)) => Some(format!("it has no limit of its own, its peak was {peak}")),
            (None, None) => None,
        }
    }

    /// Whether it happened since this was last asked.
    pub fn happened(&mut self) -> bool {
        let count = self.counter.as_ref().and_then(read).unwrap_or(self.seen);
        std::mem::replace(&mut self.seen, count) < count
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    for line in fs::read_to_string("/proc/self/cgroup").unwrap_or_default().lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else { continue };
        // Inside a container the group's own directory is often mounted as the root of the tree.
        for group in [group, ""] {
            if controllers.is_empty() {
                candidates.push(format!("/sys/fs/cgroup{group}/memory.events").into());
            } else if controllers.split(',').any(|controller| controller == "memory") {
                candidates.push(format!("/sys/fs/cgroup/memory{group}/memory.oom_control").into());
            }
        }
    }
    candidates.push("/proc/vmstat".into());
    candidates
}

/// All of these files have a line `oom_kill NUMBER`.
fn read(path: &PathBuf) -> Option<u64> {
    fs::read_to_string(path).ok()?.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}
