//! A log of 200 MB: written by a job, masked by the runner, sent, stored; beside the same bytes into a file.

use std::process::Command;

use crate::{
    bare,
    server::Bench,
    table::{Table, median},
};

const MEGABYTES: usize = 200;

/// Prints 200 MB of lines as fast as it can. `yes` is the bare writer: the shell only starts it.
const COMMAND: &str = "yes 'a line of a log, as long as lines of logs are: about one hundred characters, give or take a few' | head -c 200000000 || true";

/// From the step's start to the job's end, when every byte is stored.
pub async fn measure(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let config = format!(
        "version: 2.1\njobs:\n  build:\n    docker:\n      - image: {}\n    environment:\n      MASKED: not-in-any-line\n    steps:\n      \
         - run:\n          name: print\n          command: |\n            {COMMAND}\nworkflows:\n  bench:\n    jobs: [build]\n",
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
    let path = directory.join("bare-log");
    let begun = std::time::Instant::now();
    let status = Command::new("/bin/bash").args(["-c", COMMAND]).stdout(std::fs::File::create(&path)?).status()?;
    anyhow::ensure!(status.success(), "the bare writer failed");
    let millis = begun.elapsed().as_secs_f64() * 1000.0;
    std::fs::remove_file(path)?;
    Ok(millis)
}
