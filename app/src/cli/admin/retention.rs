//! `roundhouse admin retention`: what is old enough to go.

use std::collections::BTreeMap;

use anyhow::Context;
use clap::Args;
use store::{Store, StoreOptions, retention::Kind};

use crate::{
    blob::Blobs,
    cli::settings_flags::SettingsFlags,
    clock::Clock,
    log::Logs,
    retention::{Batch, Retention},
};

/// Removes what is old enough to go, as the server does every hour.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse admin retention --dry-run\n         roundhouse admin retention --dry-run --retention-logs '30d 10GiB'"
)]
pub(super) struct RetentionAdmin {
    /// Only tell what would go, and how much.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: SettingsFlags,
}

/// What goes of one kind.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    bytes: u64,
    oldest_ms: Option<i64>,
}

impl RetentionAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let Self { dry_run, settings } = self;
        let (_, settings) = settings.resolve()?;
        anyhow::ensure!(
            settings.data_dir.join("roundhouse.db").exists(),
            "there is no Roundhouse in `{}`: name its data directory with --data-dir",
            settings.data_dir.display()
        );
        let store = Store::open(&settings.data_dir, StoreOptions::default()).await?;
        let logs = Logs::open(&settings.data_dir, store.bus().clone())?;
        let place = settings.blobs.place(&settings.data_dir);
        let blobs = Blobs::open(&place).with_context(|| format!("failed to open the blob store in {place}"))?;
        let retention = Retention::new(store, blobs, logs, Clock::System, settings.retention);
        let mut going: BTreeMap<Kind, Tally> = BTreeMap::new();
        let mut pass = retention.pass();
        while let Some(batch) = pass.next().await? {
            count(&mut going, &batch);
            if !dry_run {
                retention.remove(&batch).await?;
            }
        }
        let orphans = if dry_run { retention.orphans().await?.len() } else { retention.remove_orphans().await? };
        print(&going, orphans, dry_run);
        Ok(())
    }
}

fn count(going: &mut BTreeMap<Kind, Tally>, Batch { kind, items }: &Batch) {
    let tally = going.entry(*kind).or_default();
    for item in items {
        tally.count += 1;
        tally.bytes += item.size_bytes;
        tally.oldest_ms = Some(tally.oldest_ms.map_or(item.at.millis(), |oldest| oldest.min(item.at.millis())));
    }
}

fn print(going: &BTreeMap<Kind, Tally>, orphans: usize, dry_run: bool) {
    println!("{:<12} {:>10} {:>12}  oldest", if dry_run { "would go" } else { "went" }, "number", "size");
    for kind in Kind::ALL {
        let none = Tally::default();
        let Tally { count, bytes, oldest_ms } = going.get(&kind).unwrap_or(&none);
        let oldest = oldest_ms.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        let oldest = oldest.map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string());
        println!("{:<12} {count:>10} {:>12}  {oldest}", kind.name(), size(*bytes));
    }
    println!("{:<12} {orphans:>10}", "orphans");
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}
