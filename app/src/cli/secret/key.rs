//! `roundhouse admin key …`: the master key.

use clap::Subcommand;

use super::open::Place;
use crate::{
    cli::{Exit, settings_flags::SettingsFlags},
    secret::rotate,
};

/// The master key that seals secrets.
#[derive(Debug, Subcommand)]
pub enum KeyAdmin {
    /// Seals every stored secret anew with a new key.
    #[command(after_help = "Example: roundhouse admin key rotate\n\n\
                      With the key in a file of the data directory, a new one is made. With ROUNDHOUSE_MASTER_KEY, put the new \
                      key in front of the old one (with a space between), run this, then take the old one out.")]
    Rotate {
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl KeyAdmin {
    pub(in crate::cli) async fn execute(self) -> anyhow::Result<Exit> {
        let Self::Rotate { settings } = self;
        let place = Place::open(settings).await?;
        let (key, count) = rotate(&place.store, &place.vault).await?;
        println!("Every secret ({count}) is sealed with the key {key} now.");
        Ok(Exit::Done)
    }
}
