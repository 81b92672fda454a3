//! Which bytes rows speak of.

use std::collections::BTreeSet;

use sqlx::SqliteExecutor;

use super::Kind;
use crate::{Result, row};

/// Those of these blobs of a kind that have a row.
pub async fn list_known(db: impl SqliteExecutor<'_>, kind: Kind, ids: &[String]) -> Result<BTreeSet<String>> {
    let ids = row::to_json(ids)?;
    let known = match kind {
        Kind::Artifacts => {
            sqlx::query_scalar!("SELECT id FROM artifact WHERE id IN (SELECT value FROM json_each(?1))", ids)
                .fetch_all(db)
                .await?
        }
        Kind::Workspaces => {
            sqlx::query_scalar!("SELECT id FROM workspace_layer WHERE id IN (SELECT value FROM json_each(?1))", ids)
                .fetch_all(db)
                .await?
        }
        Kind::Caches => {
            sqlx::query_scalar!("SELECT id FROM cache WHERE id IN (SELECT value FROM json_each(?1))", ids)
                .fetch_all(db)
                .await?
        }
        Kind::Logs => {
            sqlx::query_scalar!(
                "SELECT id FROM job WHERE logs_deleted_at IS NULL AND id IN (SELECT value FROM json_each(?1))",
                ids
            )
            .fetch_all(db)
            .await?
        }
        // They have no bytes outside of their rows.
        Kind::Deliveries | Kind::Pipelines => Vec::new(),
    };
    Ok(known.into_iter().collect())
}
