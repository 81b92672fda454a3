//! Bytes that no row speaks of: their rows went, or never came, because a process was ended in between.

use store::retention::{self, Bytes, Kind};

use super::{Retention, remove::blob_kind};

/// A blob is written before its row: one that is younger than this may still get it, in milliseconds.
const YOUNG_MS: i64 = 24 * 3_600_000;

/// So many are looked up at a time.
const PAGE: usize = 500;

impl Retention {
    /// Finds them.
    ///
    /// # Errors
    /// Rows or directories cannot be read.
    pub async fn orphans(&self) -> anyhow::Result<Vec<Bytes>> {
        let before = self.clock.now().plus_millis(-YOUNG_MS);
        let mut orphans = Vec::new();
        for kind in [Kind::Artifacts, Kind::Workspaces, Kind::Caches, Kind::Logs] {
            let old = match blob_kind(kind) {
                Some(blobs) => self.blobs.list_older(blobs, before).await?,
                None => self.logs.list_older(before).await?,
            };
            for page in old.chunks(PAGE) {
                let known = retention::list_known(self.store.read(), kind, page).await?;
                let unknown = page.iter().filter(|id| !known.contains(*id)).cloned();
                orphans.extend(unknown.map(|id| Bytes { kind, id }));
            }
        }
        Ok(orphans)
    }

    /// Removes them; returns how many there were.
    ///
    /// # Errors
    /// Rows or directories cannot be read.
    pub async fn remove_orphans(&self) -> anyhow::Result<usize> {
        let orphans = self.orphans().await?;
        for bytes in &orphans {
            self.remove_bytes(bytes).await;
        }
        Ok(orphans.len())
    }
}
