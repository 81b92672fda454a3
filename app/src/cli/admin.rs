//! `roundhouse admin …`: what only the administrator of the data directory may do, while the server runs or not.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use store::{Store, StoreOptions};

use super::{Exit, settings_flags::SettingsFlags};
use crate::{clock::Clock, dispatch};

/// Administers a server's data directory.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Runners and their tokens.
    #[command(subcommand)]
    Runner(RunnerAdmin),
}

#[derive(Debug, Subcommand)]
enum RunnerAdmin {
    /// Makes a token for a runner elsewhere, and prints it: the only time that it is shown.
    #[command(after_help = "Example: roundhouse admin runner create big-box > token")]
    Create {
        /// What the token is called. A new one under an old name replaces it.
        name: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lists the runners that have claimed work.
    List {
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Revokes a token: runners that use it are refused from now on.
    Revoke {
        /// What the token is called.
        name: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl Admin {
    /// Runs the command.
    ///
    /// # Errors
    /// A data directory that cannot be opened.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        let AdminCommand::Runner(command) = self.command;
        match command {
            RunnerAdmin::Create { name, settings } => {
                let store = open(settings).await?;
                let token = dispatch::create_runner_token(&store, &Clock::System, &name).await?;
                println!("{}", token.expose_secret());
                eprintln!("Give it to the runner as ROUNDHOUSE_RUNNER_TOKEN_FILE; it is not shown again.");
            }
            RunnerAdmin::List { settings } => {
                let store = open(settings).await?;
                for runner in store::runner::list(store.read()).await? {
                    println!(
                        "{:<24} docker: {}, machine: {}",
                        runner.name, runner.offers.docker, runner.offers.machine
                    );
                }
            }
            RunnerAdmin::Revoke { name, settings } => {
                let store = open(settings).await?;
                let mut tx = store.begin().await?;
                let found = store::runner::remove_token(&mut tx, &name).await?;
                tx.commit().await?;
                anyhow::ensure!(found, "there is no runner token named `{name}`");
            }
        }
        Ok(Exit::Done)
    }
}

async fn open(settings: SettingsFlags) -> anyhow::Result<Store> {
    let (_, settings) = settings.resolve()?;
    anyhow::ensure!(
        settings.data_dir.join("roundhouse.db").exists(),
        "there is no Roundhouse in `{}`: name its data directory with --data-dir",
        settings.data_dir.display()
    );
    Ok(Store::open(&settings.data_dir, StoreOptions::default()).await?)
}
