//! `roundhouse admin oidc …`: the keys that sign tokens of jobs.

use clap::Subcommand;

use super::open::Place;
use crate::{
    cli::{Exit, settings_flags::SettingsFlags},
    secret::{OidcKeys, Takeover},
};

/// The keys that sign OpenID Connect tokens of jobs.
#[derive(Debug, Subcommand)]
pub enum OidcAdmin {
    /// Makes a new key. It is published at once, and signs ten minutes later; the old one is published for as long as one of
    /// its tokens is good.
    #[command(after_help = "Example: roundhouse admin oidc rotate\n\n\
                      After a break-in: roundhouse admin oidc rotate --at-once")]
    Rotate {
        /// Sign with the new key now, and forget all others: tokens that they have signed are worth nothing any more.
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl OidcAdmin {
    pub(in crate::cli) async fn execute(self) -> anyhow::Result<Exit> {
        let Self::Rotate { at_once, settings } = self;
        let Place { store, vault, clock } = Place::open(settings).await?;
        let takeover = if at_once { Takeover::AtOnce } else { Takeover::Announced };
        let now = clock.now();
        let rotated = OidcKeys::new(store, clock, vault).rotate(takeover).await?;
        match rotated.signs_from.millis_since(now) / 60_000 {
            ..=0 => println!("Tokens are signed with the key {} now.", rotated.kid),
            minutes => println!("Tokens are signed with the key {} in {minutes} minutes.", rotated.kid),
        }
        Ok(Exit::Done)
    }
}
