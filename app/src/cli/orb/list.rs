//! `roundhouse orb list`: the orbs that a server has.

use clap::Args;
use serde_json::json;
use store::{Store, StoreOptions};

use crate::{
    cli::{Exit, config::Format, settings_flags::SettingsFlags},
    orb::compare_versions,
    settings::Settings,
};

/// Lists the orbs that a server has, with their hashes.
#[derive(Debug, Args)]
#[command(after_help = "Example: roundhouse orb list --data-dir /var/lib/roundhouse")]
pub struct List {
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    settings: SettingsFlags,
}

impl List {
    pub(super) async fn execute(self) -> anyhow::Result<Exit> {
        let Self { format, settings } = self;
        let (_, settings) = settings.resolve()?;
        let store = open(&settings).await?;
        let mut orbs = store::orb::list(store.read()).await?;
        orbs.sort_by(|left, right| {
            left.name.cmp(&right.name).then_with(|| compare_versions(&left.version, &right.version))
        });
        match format {
            Format::Json => {
                let orbs = orbs.iter().map(|orb| {
                    json!({
                        "name": orb.name,
                        "version": orb.version,
                        "origin": orb.origin.name(),
                        "sha256": hex(&orb.sha256),
                    })
                });
                println!("{}", json!({ "orbs": orbs.collect::<Vec<_>>() }));
            }
            Format::Text if orbs.is_empty() => {
                println!("There are no orbs yet. Import one: roundhouse orb import circleci/node@5");
            }
            Format::Text => {
                for orb in orbs {
                    let reference = format!("{}@{}", orb.name, orb.version);
                    println!("{reference:<44} {:<8} sha256:{}", orb.origin.name(), hex(&orb.sha256));
                }
            }
        }
        Ok(Exit::Done)
    }
}

/// The rows of a server that was started at least once.
pub(super) async fn open(settings: &Settings) -> anyhow::Result<Store> {
    anyhow::ensure!(
        settings.data_dir.join("roundhouse.db").exists(),
        "there is no Roundhouse in `{}`: name its data directory with --data-dir",
        settings.data_dir.display()
    );
    Ok(Store::open(&settings.data_dir, StoreOptions::default()).await?)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
