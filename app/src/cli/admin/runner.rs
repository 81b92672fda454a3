//! `roundhouse admin runner …`

use clap::Subcommand;
use secrecy::ExposeSecret;

use super::command::open;
use crate::{cli::settings_flags::SettingsFlags, clock::Clock, dispatch};

#[derive(Debug, Subcommand)]
pub(super) enum RunnerAdmin {
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
    /// Removes a runner that is gone: lists have it no more, and what it ran keeps its name. One that is online stays.
    #[command(after_help = "Example: roundhouse admin runner remove big-box")]
    Remove {
        /// What the runner is called.
        name: String,
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

impl RunnerAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::Create { name, settings } => {
                let store = open(settings).await?;
                let token = dispatch::create_runner_token(&store, &Clock::System, &name).await?;
                println!("{}", token.expose_secret());
                eprintln!("Give it to the runner as ROUNDHOUSE_RUNNER_TOKEN_FILE; it is not shown again.");
            }
            Self::List { settings } => {
                let store = open(settings).await?;
                for runner in store::runner::list(store.read()).await? {
                    println!(
                        "{:<24} docker: {}, machine: {}",
                        runner.name, runner.offers.docker, runner.offers.machine
                    );
                }
            }
            Self::Remove { name, settings } => {
                let store = open(settings).await?;
                let mut tx = store.begin().await?;
                store::runner::remove(&mut tx, &name, Clock::System.now()).await?;
                tx.commit().await?;
                eprintln!("The runner {name} is removed. If it comes again, it is a new one.");
            }
            Self::Revoke { name, settings } => {
                let store = open(settings).await?;
                let mut tx = store.begin().await?;
                let found = store::runner::remove_token(&mut tx, &name).await?;
                tx.commit().await?;
                anyhow::ensure!(found, "there is no runner token named `{name}`");
            }
        }
        Ok(())
    }
}
