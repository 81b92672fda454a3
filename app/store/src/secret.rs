//! Sealed values, wherever they are.

use std::fmt;

use model::id::{ContextId, ProjectId, SshKeyId};
use sqlx::SqliteExecutor;

use crate::{Result, Tx, row};

/// A value that only the master key opens, and only in its own row. The store does not know how.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A row with a sealed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealedRow {
    /// A variable of a context.
    Context(ContextId, String),
    /// A variable of a project.
    Project(ProjectId, String),
    /// An SSH key.
    SshKey(SshKeyId),
    /// A key that signs tokens, by its name in them.
    OidcKey(String),
}

/// Every sealed value there is.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<(SealedRow, Sealed)>> {
    let rows = sqlx::query!(
        r#"SELECT 'context' AS "kind!", context_id AS "id!", name AS "name!", sealed AS "sealed!" FROM context_variable
           UNION ALL SELECT 'project', project_id, name, sealed FROM project_variable
           UNION ALL SELECT 'ssh_key', id, '', sealed FROM ssh_key
           UNION ALL SELECT 'oidc_key', kid, '', sealed FROM oidc_key"#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|found| {
            let of = match found.kind.as_str() {
                "context" => SealedRow::Context(row::text("context_id", &found.id)?, found.name),
                "project" => SealedRow::Project(row::text("project_id", &found.id)?, found.name),
                "ssh_key" => SealedRow::SshKey(row::text("id", &found.id)?),
                _ => SealedRow::OidcKey(found.id),
            };
            Ok((of, Sealed(found.sealed)))
        })
        .collect()
}

/// Replaces a sealed value by the same value, sealed anew.
pub async fn replace(tx: &mut Tx, of: &SealedRow, sealed: &Sealed) -> Result<()> {
    let sealed = &sealed.0;
    match of {
        SealedRow::Context(id, name) => {
            let id = id.to_string();
            sqlx::query!(
                "UPDATE context_variable SET sealed = ?3 WHERE context_id = ?1 AND name = ?2",
                id,
                name,
                sealed
            )
            .execute(tx.db())
            .await?;
        }
        SealedRow::Project(id, name) => {
            let id = id.to_string();
            sqlx::query!(
                "UPDATE project_variable SET sealed = ?3 WHERE project_id = ?1 AND name = ?2",
                id,
                name,
                sealed
            )
            .execute(tx.db())
            .await?;
        }
        SealedRow::SshKey(id) => {
            let id = id.to_string();
            sqlx::query!("UPDATE ssh_key SET sealed = ?2 WHERE id = ?1", id, sealed).execute(tx.db()).await?;
        }
        SealedRow::OidcKey(kid) => {
            sqlx::query!("UPDATE oidc_key SET sealed = ?2 WHERE kid = ?1", kid, sealed).execute(tx.db()).await?;
        }
    }
    Ok(())
}
