//! Orbs that this server has, and which of them pipelines were compiled with.

use model::{id::PipelineId, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// How an orb got here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrbOrigin {
    /// Put there by hand, from a file.
    Import,
    /// Fetched from the registry.
    Registry,
}

impl OrbOrigin {
    /// The word in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Registry => "registry",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "import" => Some(Self::Import),
            "registry" => Some(Self::Registry),
            _ => None,
        }
    }
}

/// A version of an orb, without its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrbVersion {
    /// `namespace/name`.
    pub name: String,
    /// `1.2.3`, or `dev:…`.
    pub version: String,
    /// SHA-256 of its source.
    pub sha256: [u8; 32],
    /// How it got here.
    pub origin: OrbOrigin,
    /// When it got here.
    pub created_at: Timestamp,
}

/// A version of an orb to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewOrb<'o> {
    /// `namespace/name`.
    pub name: &'o str,
    /// `1.2.3`, or `dev:…`.
    pub version: &'o str,
    /// Its text.
    pub source: &'o str,
    /// SHA-256 of its text.
    pub sha256: [u8; 32],
    /// How it gets here.
    pub origin: OrbOrigin,
}

/// What an orb reference of a pipeline was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedOrb {
    /// As the configuration writes it.
    pub reference: String,
    /// The version; empty for an address.
    pub version: String,
    /// SHA-256 of the source.
    pub sha256: [u8; 32],
}

struct OrbRow {
    name: String,
    version: String,
    sha256: Vec<u8>,
    origin: String,
    created_at: i64,
}

impl TryFrom<OrbRow> for OrbVersion {
    type Error = Error;

    fn try_from(row: OrbRow) -> Result<Self> {
        let OrbRow { name, version, sha256, origin, created_at } = row;
        Ok(Self {
            name,
            version,
            sha256: hash(&sha256)?,
            origin: row::name("origin", &origin, OrbOrigin::from_name)?,
            created_at: row::time(created_at),
        })
    }
}

fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::Db(sqlx::Error::Decode("column `sha256` holds no SHA-256".into())))
}

/// Keeps a version of an orb. Returns whether it is new; the same bytes again change nothing, and a `dev:` version is
/// replaced.
///
/// # Errors
/// `Conflict` when the version is kept with other bytes.
pub async fn put(tx: &mut Tx, orb: &NewOrb<'_>, now: Timestamp) -> Result<bool> {
    let NewOrb { name, version, source, sha256, origin } = *orb;
    let (sha256, origin, now) = (sha256.as_slice(), origin.name(), now.millis());
    let known = sqlx::query_scalar!("SELECT sha256 FROM orb WHERE name = ?1 AND version = ?2", name, version)
        .fetch_optional(tx.db())
        .await?;
    match known {
        Some(known) if known == sha256 => return Ok(false),
        Some(_) if !version.starts_with("dev:") => {
            return Err(Error::Conflict(format!("the orb `{name}@{version}` is kept with other bytes")));
        }
        Some(_) | None => {}
    }
    sqlx::query!(
        "INSERT INTO orb (name, version, source, sha256, origin, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (name, version) DO UPDATE
         SET source = excluded.source, sha256 = excluded.sha256, origin = excluded.origin,
             created_at = excluded.created_at",
        name,
        version,
        source,
        sha256,
        origin,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(true)
}

/// The versions of one orb that are kept, in no order that means anything.
pub async fn list_versions(db: impl SqliteExecutor<'_>, name: &str) -> Result<Vec<OrbVersion>> {
    sqlx::query_as!(
        OrbRow,
        r#"SELECT name, version, sha256, origin, created_at FROM orb WHERE name = ?1 ORDER BY version"#,
        name
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(OrbVersion::try_from)
    .collect()
}

/// Every version of every orb that is kept, by name.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<OrbVersion>> {
    sqlx::query_as!(OrbRow, r#"SELECT name, version, sha256, origin, created_at FROM orb ORDER BY name, version"#)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(OrbVersion::try_from)
        .collect()
}

/// The source of a version, if it is kept.
pub async fn find_source(db: impl SqliteExecutor<'_>, name: &str, version: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!("SELECT source FROM orb WHERE name = ?1 AND version = ?2", name, version)
        .fetch_optional(db)
        .await?)
}

/// Notes which orbs a pipeline was compiled with, in place of what was noted before.
pub async fn set_used(tx: &mut Tx, pipeline: PipelineId, used: &[UsedOrb]) -> Result<()> {
    let pipeline = pipeline.to_string();
    sqlx::query!("DELETE FROM pipeline_orb WHERE pipeline_id = ?1", pipeline).execute(tx.db()).await?;
    for UsedOrb { reference, version, sha256 } in used {
        let sha256 = sha256.as_slice();
        sqlx::query!(
            "INSERT INTO pipeline_orb (pipeline_id, reference, version, sha256) VALUES (?1, ?2, ?3, ?4)",
            pipeline,
            reference,
            version,
            sha256
        )
        .execute(tx.db())
        .await?;
    }
    Ok(())
}

/// The orbs that a pipeline was compiled with, by reference.
pub async fn list_used(db: impl SqliteExecutor<'_>, pipeline: PipelineId) -> Result<Vec<UsedOrb>> {
    let pipeline = pipeline.to_string();
    sqlx::query!(
        "SELECT reference, version, sha256 FROM pipeline_orb WHERE pipeline_id = ?1 ORDER BY reference",
        pipeline
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|row| Ok(UsedOrb { reference: row.reference, version: row.version, sha256: hash(&row.sha256)? }))
    .collect()
}
