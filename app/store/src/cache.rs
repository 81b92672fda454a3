//! Caches: what jobs saved under a key. Their bytes are in the blob store, under the id.

use std::fmt;

use model::{
    id::{JobId, ProjectId},
    time::Timestamp,
};
use sqlx::SqliteExecutor;
use uuid::Uuid;

use crate::{Error, Result, Tx, row};

/// Who may trust what is in a cache. It is stamped by the server from the pipeline, never from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Pipelines of the repository itself, of all its branches.
    Repo,
    /// Pipelines of a fork.
    Fork {
        /// Numeric id of the fork's repository.
        repository: i64,
    },
}

impl fmt::Display for Zone {
    /// The name in rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repo => f.write_str("repo"),
            Self::Fork { repository } => write!(f, "fork:{repository}"),
        }
    }
}

impl Zone {
    /// Reads the name in rows.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.strip_prefix("fork:") {
            Some(repository) => Some(Self::Fork { repository: repository.parse().ok()? }),
            None => (name == "repo").then_some(Self::Repo),
        }
    }
}

/// Whose caches: no job sees those of another scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The project.
    pub project: ProjectId,
    /// The zone of its pipeline.
    pub zone: Zone,
}

/// A cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Which; also the name of its blob.
    pub id: Uuid,
    /// Whose.
    pub scope: Scope,
    /// What it was saved under.
    pub key: String,
    /// Size of the archive.
    pub size_bytes: u64,
    /// Hash of the archive.
    pub sha256: [u8; 32],
    /// The job that saved it.
    pub job_id: JobId,
    /// When it was saved.
    pub created_at: Timestamp,
    /// When it was last read.
    pub used_at: Timestamp,
    /// When it goes, by its job's `retention` and the server's; `None`: by the server's.
    pub expires_at: Option<Timestamp>,
}

struct CacheRow {
    id: String,
    project_id: String,
    zone: String,
    key: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    job_id: String,
    created_at: i64,
    used_at: i64,
    expires_at: Option<i64>,
}

impl TryFrom<CacheRow> for Cache {
    type Error = Error;

    fn try_from(row: CacheRow) -> Result<Self> {
        let CacheRow { id, project_id, zone, key, size_bytes, sha256, job_id, created_at, used_at, expires_at } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            scope: Scope {
                project: row::text("project_id", &project_id)?,
                zone: row::name("zone", &zone, Zone::from_name)?,
            },
            key,
            size_bytes: row::number("size_bytes", size_bytes)?,
            sha256: row::hash("sha256", sha256)?,
            job_id: row::text("job_id", &job_id)?,
            created_at: row::time(created_at),
            used_at: row::time(used_at),
            expires_at: expires_at.map(row::time),
        })
    }
}

macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            CacheRow,
            "SELECT id, project_id, zone, key, size_bytes, sha256, job_id, created_at, used_at, expires_at FROM cache " + $rest
            $(, $argument)*
        )
    };
}

/// The cache with exactly this key, unless its time is over.
pub async fn find(db: impl SqliteExecutor<'_>, scope: Scope, key: &str, now: Timestamp) -> Result<Option<Cache>> {
    let (project, zone, now) = (scope.project.to_string(), scope.zone.to_string(), now.millis());
    select!(
        "WHERE project_id = ?1 AND zone = ?2 AND key = ?3 AND coalesce(expires_at > ?4, 1)",
        project,
        zone,
        key,
        now
    )
    .fetch_optional(db)
    .await?
    .map(Cache::try_from)
    .transpose()
}

/// The newest cache whose key begins with this, one with exactly this key before all others; none whose time is over.
pub async fn find_by_prefix(
    db: impl SqliteExecutor<'_>,
    scope: Scope,
    prefix: &str,
    now: Timestamp,
) -> Result<Option<Cache>> {
    let (project, zone, now) = (scope.project.to_string(), scope.zone.to_string(), now.millis());
    // The first comparison finds the place in the index; the second ends where the prefix ends.
    select!(
        "WHERE project_id = ?1 AND zone = ?2 AND key >= ?3 AND substr(key, 1, length(?3)) = ?3
           AND coalesce(expires_at > ?4, 1)
         ORDER BY key = ?3 DESC, created_at DESC, id DESC LIMIT 1",
        project,
        zone,
        prefix,
        now
    )
    .fetch_optional(db)
    .await?
    .map(Cache::try_from)
    .transpose()
}

/// Adds a cache; tells whether it is there now. `false`: another was first, and stays.
pub async fn create(tx: &mut Tx, cache: &Cache) -> Result<bool> {
    let Cache { id, scope, key, size_bytes, sha256, job_id, created_at, used_at, expires_at } = cache;
    let (id, project, zone, job) =
        (id.to_string(), scope.project.to_string(), scope.zone.to_string(), job_id.to_string());
    let (size, hash, created, used) =
        (row::integer(*size_bytes), sha256.as_slice(), created_at.millis(), used_at.millis());
    let expires = expires_at.map(Timestamp::millis);
    let inserted = sqlx::query!(
        "INSERT INTO cache (id, project_id, zone, key, size_bytes, sha256, job_id, created_at, used_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (project_id, zone, key) DO NOTHING",
        id,
        project,
        zone,
        key,
        size,
        hash,
        job,
        created,
        used,
        expires
    )
    .execute(tx.db())
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Notes that a cache was read.
pub async fn used(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<()> {
    let (id, now) = (id.to_string(), now.millis());
    sqlx::query!("UPDATE cache SET used_at = max(used_at, ?2) WHERE id = ?1", id, now).execute(tx.db()).await?;
    Ok(())
}

/// Forgets a cache. Its blob goes after the commit.
pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    let id = id.to_string();
    sqlx::query!("DELETE FROM cache WHERE id = ?1", id).execute(tx.db()).await?;
    Ok(())
}

/// How many bytes all caches have.
pub async fn total_bytes(db: impl SqliteExecutor<'_>) -> Result<u64> {
    let total =
        sqlx::query_scalar!(r#"SELECT coalesce(sum(size_bytes), 0) AS "total!: i64" FROM cache"#).fetch_one(db).await?;
    row::number("total", total)
}

/// The caches that were used longest ago, at most `limit`.
pub async fn list_least_used(db: impl SqliteExecutor<'_>, limit: u32) -> Result<Vec<Cache>> {
    select!("ORDER BY used_at, id LIMIT ?1", limit).fetch_all(db).await?.into_iter().map(Cache::try_from).collect()
}

/// Caches that were saved before `oldest`, and those whose own time is over by `now`, at most `limit`.
pub async fn list_over(
    db: impl SqliteExecutor<'_>,
    oldest: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Cache>> {
    let (oldest, now) = (oldest.millis(), now.millis());
    select!("WHERE created_at < ?1 OR expires_at <= ?2 ORDER BY created_at LIMIT ?3", oldest, now, limit)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Cache::try_from)
        .collect()
}

/// All caches of a project, the newest first.
pub async fn list_by_project(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<Vec<Cache>> {
    let project = project.to_string();
    select!("WHERE project_id = ?1 ORDER BY created_at DESC, id DESC", project)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Cache::try_from)
        .collect()
}
