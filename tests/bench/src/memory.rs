//! Start to ready, and what an idle server holds in memory.

use std::time::Duration;

use anyhow::Context;

use crate::{
    server::Bench,
    table::{Table, median, millis},
};

const ROUNDS: usize = 7;

/// Starts servers, and looks at the last one while it has nothing to do.
pub async fn measure(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let mut ready = Vec::new();
    for _ in 0..ROUNDS {
        ready.push(Bench::start(binary, true).await?.ready_ms);
    }
    table.add("start to first answer", millis(median(ready)), "—".to_owned(), None, "under 100 ms");
    let bench = Bench::start(binary, true).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let resident = resident_mib(bench.pid())?;
    table.add("resident memory, idle", format!("{resident:.1} MiB"), "—".to_owned(), None, "under 25 MiB");
    Ok(())
}

/// `VmRSS` of a process, in MiB.
pub fn resident_mib(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}
