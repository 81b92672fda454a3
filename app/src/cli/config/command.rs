//! The command and its parts.

use clap::{Args, Subcommand};

use super::{eval::Eval, explain::Explain, pack::Pack, process::Process, schema::Schema, validate::Validate};
use crate::cli::Exit;

/// Checks, expands and shows configurations.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Validate(Validate),
    Process(Process),
    Explain(Explain),
    Eval(Eval),
    Pack(Pack),
    Schema(Schema),
}

impl Config {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that cannot be read, an orb that cannot be had.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        match self.command {
            ConfigCommand::Validate(command) => command.execute().await,
            ConfigCommand::Process(command) => command.execute().await,
            ConfigCommand::Explain(command) => command.execute().await,
            ConfigCommand::Eval(command) => command.execute(),
            ConfigCommand::Pack(command) => command.execute(),
            ConfigCommand::Schema(command) => command.execute(),
        }
    }
}
