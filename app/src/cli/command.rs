//! The commands, and how their ends become exit codes.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use super::{Exit, admin, config, demo, doctor, orb, run, runner, serve};

/// A self-hosted CI server: your `.circleci/config.yml`, on your own box.
#[derive(Debug, Parser)]
#[command(
    name = "roundhouse",
    version,
    after_help = "Start here: `roundhouse run` runs the pipeline of the working tree on this machine; `roundhouse serve` starts \
                  the server. Every command has --help with an example."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Runner(runner::RunnerCommand),
    Run(run::Run),
    Config(config::Config),
    Orb(orb::Orb),
    Demo(demo::Demo),
    Doctor(doctor::Doctor),
    Admin(admin::Admin),
}

/// Reads the command line, runs the command, and says how it ended.
pub fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    // The one place that chooses: `ring` needs no C toolchain beyond what SQLite needs already.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("A TLS provider was installed before");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: failed to start: {error}");
            return Exit::Impossible.into();
        }
    };
    let end = runtime.block_on(async {
        match command {
            Command::Serve(command) => command.execute().await,
            Command::Runner(command) => command.execute().await,
            Command::Run(command) => command.execute().await,
            Command::Config(command) => command.execute().await,
            Command::Orb(command) => command.execute().await,
            Command::Demo(command) => command.execute().await,
            Command::Doctor(command) => command.execute().await,
            Command::Admin(command) => command.execute().await,
        }
    });
    // A blocked reader (standard input, a slow disk) must not hold the process.
    runtime.shutdown_background();
    match end {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Exit::Impossible.into()
        }
    }
}

/// Starts the log on standard error, as the setting `log` says.
pub(super) fn start_log(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(super::terminal::colours_on_stderr())
        .with_target(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("The log was started before");
    }
}
