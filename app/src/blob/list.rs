//! Finding old blobs.

use futures_util::TryStreamExt;
use model::time::Timestamp;
use object_store::path::Path;
use uuid::Uuid;

use super::{BlobError, BlobKind, Blobs};

impl Blobs {
    /// Ids of the blobs of a kind that were written before this time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list_older(&self, kind: BlobKind, before: Timestamp) -> Result<Vec<String>, BlobError> {
        let mut old = Vec::new();
        let mut found = self.store.list(Some(&Path::from(kind.name())));
        while let Some(blob) = found.try_next().await? {
            let id = blob.location.filename().and_then(|name| name.parse::<Uuid>().ok());
            if let Some(id) = id.filter(|_| blob.last_modified.timestamp_millis() < before.millis()) {
                old.push(id.to_string());
            }
        }
        Ok(old)
    }
}
