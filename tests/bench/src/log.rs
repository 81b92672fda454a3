//! A log of 200 MB: written by a job, masked by the runner, sent, stored; beside the same bytes into a file.

use std::process::Command;

use crate::{
    bare,
    server::Bench,
    table::{Table, median},
};

const MEGABYTES: usize = 200;

/// Writes 200 MB of lines into a file, before the measure: BusyBox takes longer for that than for anything else here.
const PREPARE: &str = "yes 'a line of a log, as long as lines of logs are: about one hundred characters, give or take a few' | head -c 200000000 >";

/// From the start of the step that prints them to the job's end, when every byte is stored.
pub async fn measure(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let config = format!(
        "version: 2.1\njobs:\n  build:\n    docker:\n      - image: {}\n    environment:\n      MASKED: not-in-any-line\n    steps:\n      \
         - run: |\n            {PREPARE} /tmp/lines || true\n      - run:\n          name: print\n          command: cat /tmp/lines\nworkflows:\n  bench:\n    jobs: [build]\n",
        bare::IMAGE
    );
    let mut bench = Bench::start(binary, true).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (_, steps) = bench.run(&config).await?;
        let stored = crate::server::now();
        if let Some(print) = steps.iter().find(|step| step.name == "print") {
            ours.push(MEGABYTES as f64 * 1000.0 / stored.millis_since(print.started) as f64);
        }
        raw.push(MEGABYTES as f64 * 1000.0 / into_file(bench.data_dir())?);
    }
    let (ours, raw) = (median(ours), median(raw));
    table.add(
        "log of 200 MB, printed to stored",
        format!("{ours:.0} MB/s"),
        format!("{raw:.0} MB/s"),
        Some(ours / raw),
        "at least 150 MB/s",
    );
    Ok(())
}

/// Milliseconds of the same command into a file of the same disk.
fn into_file(directory: &std::path::Path) -> anyhow::Result<f64> {
    let (lines, copy) = (directory.join("bare-lines"), directory.join("bare-log"));
    bash(&format!("{PREPARE} {} || true", lines.display()))?;
    let begun = std::time::Instant::now();
    bash(&format!("cat {} > {}", lines.display(), copy.display()))?;
    let millis = begun.elapsed().as_secs_f64() * 1000.0;
    for path in [lines, copy] {
        std::fs::remove_file(path)?;
    }
    Ok(millis)
}

fn bash(command: &str) -> anyhow::Result<()> {
    let status = Command::new("/bin/bash").args(["-c", command]).status()?;
    anyhow::ensure!(status.success(), "`{command}` failed");
    Ok(())
}
