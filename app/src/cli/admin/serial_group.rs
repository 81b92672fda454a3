//! `roundhouse admin serial-group …`

use anyhow::Context;
use clap::Subcommand;
use model::plan::SerialGroup;
use store::serial_group::{self, GroupKey, TicketState};

use super::command::{by, open};
use crate::{cli::settings_flags::SettingsFlags, clock::Clock};

#[derive(Debug, Subcommand)]
pub(super) enum SerialGroupAdmin {
    /// Lists who has the lock of each group, and who waits for it.
    List {
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lets the next one in. Whoever has the lock goes on without it.
    #[command(after_help = "Example: roundhouse admin serial-group release gh/acme deploy-production")]
    Release {
        /// The organization: `gh/ORG`.
        organization: String,
        /// The key of the group.
        key: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl SerialGroupAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::List { settings } => {
                let store = open(settings).await?;
                for ticket in serial_group::list_all(store.read(), None).await? {
                    let group = &ticket.group;
                    let state = match ticket.state {
                        TicketState::Waiting => "waits",
                        TicketState::Holding { since: _ } => "has it",
                        TicketState::Left => "has left",
                    };
                    println!(
                        "{}/{} {:<24} {state:<8} {} of pipeline {} of {}",
                        group.vcs.short(),
                        group.org,
                        group.key.0,
                        ticket.unit,
                        ticket.pipeline_number,
                        ticket.slug
                    );
                }
            }
            Self::Release { organization, key, settings } => {
                let parts =
                    organization.split_once('/').and_then(|(vcs, org)| Some((vcs.parse().ok()?, org.to_owned())));
                let (vcs, org) = parts.with_context(|| format!("`{organization}` is not like gh/acme"))?;
                let store = open(settings).await?;
                let mut tx = store.begin().await?;
                let group = GroupKey { vcs, org, key: SerialGroup(key) };
                let ticket = serial_group::release(&mut tx, &group, &by(), Clock::System.now()).await?;
                tx.commit().await?;
                println!("{} of {} goes on without the lock", ticket.unit, ticket.slug);
            }
        }
        Ok(())
    }
}
