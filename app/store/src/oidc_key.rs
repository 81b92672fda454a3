//! Keys that sign OpenID Connect tokens of jobs.

use model::time::Timestamp;
use sqlx::SqliteExecutor;

use crate::{Result, Tx, row, secret::Sealed};

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcKey {
    /// Names it in tokens: the thumbprint of its public part (RFC 7638).
    pub kid: String,
    /// Its public part, as a JSON Web Key: JSON.
    pub jwk: String,
    /// Its private part.
    pub sealed: Sealed,
    /// From when it signs, until the next one does.
    pub signs_from: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Adds a key.
pub async fn create(tx: &mut Tx, key: &OidcKey) -> Result<()> {
    let OidcKey { kid, jwk, sealed, signs_from, created_at } = key;
    let (sealed, signs_from, created_at) = (&sealed.0, signs_from.millis(), created_at.millis());
    sqlx::query!(
        "INSERT INTO oidc_key (kid, jwk, sealed, signs_from, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        kid,
        jwk,
        sealed,
        signs_from,
        created_at
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Removes a key.
pub async fn delete(tx: &mut Tx, kid: &str) -> Result<()> {
    sqlx::query!("DELETE FROM oidc_key WHERE kid = ?1", kid).execute(tx.db()).await?;
    Ok(())
}

/// All keys, the one that begins to sign last first.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<OidcKey>> {
    let rows =
        sqlx::query!("SELECT kid, jwk, sealed, signs_from, created_at FROM oidc_key ORDER BY signs_from DESC, kid")
            .fetch_all(db)
            .await?;
    Ok(rows
        .into_iter()
        .map(|found| OidcKey {
            kid: found.kid,
            jwk: found.jwk,
            sealed: Sealed(found.sealed),
            signs_from: row::time(found.signs_from),
            created_at: row::time(found.created_at),
        })
        .collect())
}
