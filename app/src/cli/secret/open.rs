//! The rows and the key of a data directory.

use anyhow::Context;
use model::project::{ProjectSlug, Vcs};
use store::{
    Store, StoreOptions,
    project::{self, Project},
};

use crate::{cli::settings_flags::SettingsFlags, clock::Clock, secret::Vault};

/// What the commands work with.
pub(super) struct Place {
    pub(super) store: Store,
    pub(super) vault: Vault,
    pub(super) clock: Clock,
}

impl Place {
    /// Opens the data directory of a server that was started at least once.
    pub(super) async fn open(settings: SettingsFlags) -> anyhow::Result<Self> {
        let (_, settings) = settings.resolve()?;
        anyhow::ensure!(
            settings.data_dir.join("roundhouse.db").exists(),
            "there is no Roundhouse in `{}`: name its data directory with --data-dir",
            settings.data_dir.display()
        );
        let store = Store::open(&settings.data_dir, StoreOptions::default()).await?;
        let vault = Vault::open(&settings.data_dir, settings.secrets.master_key.as_ref())?;
        Ok(Self { store, vault, clock: Clock::System })
    }

    /// The project of this name.
    pub(super) async fn project(&self, slug: &ProjectSlug) -> anyhow::Result<Project> {
        project::find_by_slug(self.store.read(), slug)
            .await?
            .with_context(|| format!("there is no project `{slug}` yet: it appears with its first push"))
    }
}

/// An organization, as `gh/acme`.
#[derive(Clone, Debug)]
pub struct Organization {
    pub(super) vcs: Vcs,
    pub(super) org: String,
}

impl std::str::FromStr for Organization {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let help = || format!("`{text}` is no organization: write it as `gh/acme` or `gl/group/subgroup`");
        let (vcs, org) = text.split_once('/').ok_or_else(help)?;
        let vcs = vcs.parse().map_err(|_| help())?;
        if org.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(help());
        }
        Ok(Self { vcs, org: org.to_owned() })
    }
}

impl std::fmt::Display for Organization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.vcs.short(), self.org)
    }
}
