//! `make bench`: what Roundhouse costs beside the bare thing, measured in the same run on the same machine.
//!
//! Machines differ and are noisy: read the ratios, not the absolute figures. Each figure is a median of several rounds.
//!
//! `bench ROUNDHOUSE-BINARY [NAME…]` runs all measurements, or those whose name contains one of the words.

mod bare;
mod compile;
mod data;
mod fan;
mod intake;
mod jobs;
mod log;
mod memory;
mod queue;
mod redact;
mod server;
mod table;

use anyhow::Context;
use table::Table;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().context("usage: bench ROUNDHOUSE-BINARY [NAME…]")?;
    let words: Vec<String> = arguments.collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut table = Table::default();
    if wanted("compile") {
        compile::measure(&mut table).context("measure the compiler")?;
    }
    if wanted("start") || wanted("memory") {
        memory::measure(&binary, &mut table).await.context("measure start and memory")?;
    }
    if wanted("intake") {
        intake::measure(&binary, &mut table).await.context("measure intake")?;
    }
    if wanted("first-step") {
        jobs::first_step(&binary, &mut table).await.context("measure push to first step")?;
    }
    if wanted("services") {
        jobs::services(&binary, &mut table).await.context("measure services")?;
    }
    if wanted("steps") {
        jobs::steps(&binary, &mut table).await.context("measure steps")?;
    }
    if wanted("log") {
        log::measure(&binary, &mut table).await.context("measure the log")?;
    }
    if wanted("cache") {
        data::cache(&binary, &mut table).await.context("measure caches")?;
    }
    if wanted("workspace") {
        data::workspace(&binary, &mut table).await.context("measure workspaces")?;
    }
    if wanted("artifact") {
        data::artifacts(&binary, &mut table).await.context("measure artifacts")?;
    }
    if wanted("checkout") {
        data::checkout(&binary, &mut table).await.context("measure the checkout")?;
    }
    if wanted("agent") {
        data::agent_memory(&binary, &mut table).await.context("measure the agent's memory")?;
    }
    if wanted("redact") {
        redact::measure(&mut table);
    }
    if wanted("claim") {
        queue::claims(&mut table).await.context("measure claims")?;
    }
    if wanted("restart") {
        queue::restart(&binary, &mut table).await.context("measure a restart with a long queue")?;
    }
    if wanted("graph") {
        fan::graph(&binary, &mut table).await.context("measure a large graph")?;
    }
    if wanted("fan-docker") {
        fan::docker(&binary, &mut table).await.context("measure many jobs in Docker")?;
    }
    if wanted("fan-machine") {
        fan::machine(&binary, &mut table).await.context("measure many jobs on the host")?;
    }
    println!("{table}");
    Ok(())
}
