//! The command and its parts.

use clap::{Args, Subcommand};

use super::{import::Import, list::List, pack::Pack, process::Process, validate::Validate};
use crate::cli::Exit;

/// Packs, checks, shows and stores orbs.
#[derive(Debug, Args)]
pub struct Orb {
    #[command(subcommand)]
    command: OrbCommand,
}

#[derive(Debug, Subcommand)]
enum OrbCommand {
    Pack(Pack),
    Validate(Validate),
    Process(Process),
    Import(Import),
    List(List),
}

impl Orb {
    /// Runs the command.
    ///
    /// # Errors
    /// A file or a data directory that cannot be read, an orb that cannot be had.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        match self.command {
            OrbCommand::Pack(command) => command.execute(),
            OrbCommand::Validate(command) => command.execute().await,
            OrbCommand::Process(command) => command.execute().await,
            OrbCommand::Import(command) => command.execute().await,
            OrbCommand::List(command) => command.execute().await,
        }
    }
}
