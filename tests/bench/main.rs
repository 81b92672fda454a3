//! `make bench`: measures the whole beside the bare thing, and prints a table with the ratios.
//!
//! What each line measures is said in the module that does it. Numbers are of this machine, at this hour: the ratios say
//! more than the times.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made has nothing to say")]

mod intake;
mod job;
mod process;
mod table;

use table::Table;

#[tokio::main]
async fn main() {
    // Cargo passes `--bench`; a word selects the lines that contain it.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    kit::setting::choose_tls();
    let mut table = Table::default();
    if wants("start") || wants("idle") {
        process::measure(&mut table).await;
    }
    if wants("intake") {
        intake::measure(&mut table).await;
    }
    if wants("push") {
        job::push_to_first_step(&mut table).await;
    }
    if wants("steps") {
        job::fifty_steps(&mut table).await;
    }
    if wants("log") {
        job::big_log(&mut table).await;
    }
    print!("{table}");
}
