//! Removing what a pass found: rows, then bytes.

use model::id::PipelineId;
use store::{
    Store,
    retention::{self, Bytes, Item, Kind},
};
use tracing::warn;
use uuid::Uuid;

use super::{Batch, Pass};
use crate::{
    blob::{BlobKey, BlobKind, Blobs},
    clock::Clock,
    log::Logs,
    settings::RetentionSettings,
};

/// What is kept, and where it is. Clones share it.
#[derive(Clone, Debug)]
pub struct Retention {
    pub(super) store: Store,
    pub(super) blobs: Blobs,
    pub(super) logs: Logs,
    pub(super) clock: Clock,
    settings: RetentionSettings,
}

impl Retention {
    /// Over these rows and bytes, by these rules.
    pub fn new(store: Store, blobs: Blobs, logs: Logs, clock: Clock, settings: RetentionSettings) -> Self {
        Self { store, blobs, logs, clock, settings }
    }

    /// A pass from the beginning, as of now.
    pub fn pass(&self) -> Pass {
        Pass::new(self.store.clone(), self.logs.clone(), self.settings.clone(), self.clock.now())
    }

    /// Removes what a pass found.
    ///
    /// # Errors
    /// The rows cannot be written. Bytes that cannot be removed are orphans, and found later.
    pub async fn remove(&self, batch: &Batch) -> anyhow::Result<()> {
        let Batch { kind, items } = batch;
        let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
        if *kind == Kind::Pipelines {
            for pipeline in items.iter().filter_map(|item| item.pipeline) {
                self.remove_pipeline(pipeline).await?;
            }
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        match kind {
            Kind::Artifacts => retention::delete_artifacts(&mut tx, &ids).await?,
            Kind::Workspaces => retention::delete_workspaces(&mut tx, &ids).await?,
            Kind::Caches => retention::delete_caches(&mut tx, &ids).await?,
            Kind::Logs => retention::forget_logs(&mut tx, &ids, self.clock.now()).await?,
            Kind::Deliveries => retention::delete_deliveries(&mut tx, &ids).await?,
            Kind::Pipelines => {}
        }
        tx.commit().await?;
        for Item { id, .. } in items {
            self.remove_bytes(&Bytes { kind: *kind, id: id.clone() }).await;
        }
        Ok(())
    }

    async fn remove_pipeline(&self, pipeline: PipelineId) -> anyhow::Result<()> {
        loop {
            let mut tx = self.store.begin().await?;
            let (bytes, gone) = retention::delete_pipeline(&mut tx, pipeline).await?;
            tx.commit().await?;
            for bytes in bytes {
                self.remove_bytes(&bytes).await;
            }
            if gone {
                return Ok(());
            }
        }
    }

    pub(super) async fn remove_bytes(&self, bytes: &Bytes) {
        let removed = match bytes.kind {
            Kind::Logs => self.logs.remove(&bytes.id).await.map_err(anyhow::Error::from),
            kind => match (blob_kind(kind), bytes.id.parse::<Uuid>()) {
                (Some(kind), Ok(id)) => self.blobs.delete(BlobKey { kind, id }).await.map_err(anyhow::Error::from),
                (None, _) | (_, Err(_)) => Ok(()),
            },
        };
        if let Err(error) = removed {
            warn!("Cannot remove the bytes of {} `{}` yet: {error:#}", bytes.kind.name(), bytes.id);
        }
    }
}

/// The blobs of a kind; `None`: it has none.
pub(super) const fn blob_kind(kind: Kind) -> Option<BlobKind> {
    match kind {
        Kind::Artifacts => Some(BlobKind::Artifact),
        Kind::Workspaces => Some(BlobKind::Workspace),
        Kind::Caches => Some(BlobKind::Cache),
        Kind::Logs | Kind::Deliveries | Kind::Pipelines => None,
    }
}
