//! Push to first step, and fifty steps of nothing.

use bollard::Docker;

use crate::{
    bare,
    server::Bench,
    table::{Table, median, millis},
};

const ROUNDS: usize = 9;
const STEPS: usize = 50;
const SERVICES: usize = 3;

/// From the push's webhook to the first command, beside the bare creation and start of a container.
pub async fn first_step(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let docker = Docker::connect_with_local_defaults()?;
    let mut bench = Bench::start(binary, true).await?;
    let config = config("      - run: true\n");
    bench.run(&config).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (pushed, steps) = bench.run(&config).await?;
        let first = steps.iter().find(|step| step.name == "true").map(|step| step.started);
        ours.push(first.map_or(f64::NAN, |first| first.millis_since(pushed) as f64));
        raw.push(bare::create_and_start(&docker).await?);
    }
    let (ours, raw) = (median(ours), median(raw));
    table.add("push to first step", millis(ours), millis(raw), Some(ours / raw), "at most 1.2");
    Ok(())
}

/// From the start of the spin-up to the first command of a job with three services, beside the bare creation and start of
/// four containers at the same time.
pub async fn services(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let docker = Docker::connect_with_local_defaults()?;
    let mut bench = Bench::start(binary, true).await?;
    let service = format!("      - image: {}\n        command: [sleep, \"60\"]\n", bare::IMAGE);
    let config = config("      - run: true\n").replace("    steps:\n", &(service.repeat(SERVICES) + "    steps:\n"));
    bench.run(&config).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (_, steps) = bench.run(&config).await?;
        let started = |name: &str| steps.iter().find(|step| step.name == name).map(|step| step.started);
        if let (Some(begun), Some(first)) = (started("Spin up environment"), started("true")) {
            ours.push(first.millis_since(begun) as f64);
        }
        raw.push(bare::create_and_start_together(&docker, SERVICES + 1).await?);
    }
    let (ours, raw) = (median(ours), median(raw));
    table.add("three services, to first step", millis(ours), millis(raw), Some(ours / raw), "at most 1.3");
    Ok(())
}

/// Fifty steps of `true` in one job, beside fifty execs, and beside fifty forks of the same shell.
pub async fn steps(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let docker = Docker::connect_with_local_defaults()?;
    let mut bench = Bench::start(binary, true).await?;
    let config = config(&"      - run: true\n".repeat(STEPS));
    let (mut ours, mut execs, mut forks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let (_, steps) = bench.run(&config).await?;
        let started = steps.iter().filter(|step| step.name == "true").map(|step| step.started).min();
        let ended = steps.iter().filter(|step| step.name == "true").map(|step| step.ended).max();
        if let (Some(started), Some(ended)) = (started, ended) {
            ours.push(ended.millis_since(started) as f64);
        }
        execs.push(bare::execs(&docker, STEPS).await?);
        forks.push(bare::forks(STEPS)?);
    }
    let (ours, execs, forks) = (median(ours), median(execs), median(forks));
    table.add("50 steps, beside 50 docker exec", millis(ours), millis(execs), Some(ours / execs), "far below 1");
    table.add(
        "one step over a bare fork of bash",
        millis((ours - forks) / STEPS as f64),
        millis(forks / STEPS as f64),
        Some(ours / forks),
        "at most 1 ms more",
    );
    Ok(())
}

fn config(steps: &str) -> String {
    format!(
        "version: 2.1\njobs:\n  build:\n    docker:\n      - image: {}\n    steps:\n{steps}\
         workflows:\n  bench:\n    jobs: [build]\n",
        bare::IMAGE
    )
}
