//! The process: from its start to the first answer, and its memory when nothing happens.

use std::time::{Duration, Instant};

use kit::server_process::ServerProcess;
use tempfile::TempDir;

use crate::table::{Table, median};

/// Start to ready, on a fresh data directory and on one that exists; resident memory with the bundled runner, idle.
pub async fn measure(table: &mut Table) {
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let data = TempDir::new().unwrap();
        for times in [&mut fresh, &mut again] {
            let begun = Instant::now();
            let server = ServerProcess::start(data.path(), &[], &[]).await;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            server.stop();
        }
    }
    table.row("start to ready, new data", format!("{:.0} ms", median(fresh)), "-".into(), "-".into(), "< 100 ms");
    table.row("start to ready, old data", format!("{:.0} ms", median(again)), "-".into(), "-".into(), "< 100 ms");

    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(data.path(), &[], &[]).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = server.resident_mib();
    table.row("idle, resident memory", format!("{idle:.1} MiB"), "-".into(), "-".into(), "< 25 MiB");
}
