//! Runners and the tokens that let them claim.

use model::{
    id::RunnerId,
    protocol::{About, Offers},
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use crate::{
    Error, Result, Tx,
    job::AWAY_MS,
    pause::{self, PauseScope},
    row,
};

/// A runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    /// Which.
    pub id: RunnerId,
    /// Its name, unique among runners that were not removed.
    pub name: String,
    /// What it can do.
    pub offers: Offers,
    /// What it says of itself.
    pub about: About,
    /// When it first claimed.
    pub created_at: Timestamp,
    /// When it last claimed or renewed.
    pub last_seen_at: Timestamp,
}

impl Runner {
    /// Whether it has been heard of lately.
    pub fn is_online(&self, now: Timestamp) -> bool {
        now.millis_since(self.last_seen_at) < AWAY_MS
    }
}

/// A token that lets runners claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunnerTokenId(pub i64);

struct RunnerRow {
    id: String,
    name: String,
    offers: String,
    version: Option<String>,
    capacity: Option<i64>,
    created_at: i64,
    last_seen_at: i64,
}

impl TryFrom<RunnerRow> for Runner {
    type Error = Error;

    fn try_from(row: RunnerRow) -> Result<Self> {
        let RunnerRow { id, name, offers, version, capacity, created_at, last_seen_at } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            name,
            offers: row::json("offers", &offers)?,
            about: About { version, capacity: capacity.map(|capacity| row::number("capacity", capacity)).transpose()? },
            created_at: row::time(created_at),
            last_seen_at: row::time(last_seen_at),
        })
    }
}

/// Stores a token by its SHA-256, under a label that people know it by. A label has one token: a new one replaces the old,
/// which then opens nothing.
pub async fn put_token(tx: &mut Tx, label: &str, hash: &[u8; 32], now: Timestamp) -> Result<RunnerTokenId> {
    let (hash, now) = (hash.as_slice(), now.millis());
    let id = sqlx::query_scalar!(
        r#"INSERT INTO runner_token (label, hash, created_at) VALUES (?1, ?2, ?3)
           ON CONFLICT (label) DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at
           RETURNING id AS "id!: i64""#,
        label,
        hash,
        now
    )
    .fetch_one(tx.db())
    .await?;
    Ok(RunnerTokenId(id))
}

/// Removes a token; it then opens nothing. Tells whether there was one.
pub async fn remove_token(tx: &mut Tx, label: &str) -> Result<bool> {
    let gone = sqlx::query!("DELETE FROM runner_token WHERE label = ?1", label).execute(tx.db()).await?;
    Ok(gone.rows_affected() > 0)
}

/// The token with this SHA-256.
pub async fn find_token(db: impl SqliteExecutor<'_>, hash: &[u8; 32]) -> Result<Option<RunnerTokenId>> {
    let hash = hash.as_slice();
    let id = sqlx::query_scalar!(r#"SELECT id AS "id!: i64" FROM runner_token WHERE hash = ?1"#, hash)
        .fetch_optional(db)
        .await?;
    Ok(id.map(RunnerTokenId))
}

/// A runner claims: its row is made, or brought up to date.
///
/// # Errors
/// `Conflict` when the name belongs to a runner with another token.
pub async fn seen(tx: &mut Tx, token: RunnerTokenId, name: &str, offers: &Offers, now: Timestamp) -> Result<RunnerId> {
    introduce(tx, token, name, offers, &About::default(), now).await
}

/// The same of one that says something of itself. What it does not say stays as it was.
///
/// # Errors
/// As [`seen`].
pub async fn introduce(
    tx: &mut Tx,
    token: RunnerTokenId,
    name: &str,
    offers: &Offers,
    about: &About,
    now: Timestamp,
) -> Result<RunnerId> {
    let (id, offers, now) = (row::new_id().to_string(), row::to_json(offers)?, now.millis());
    let About { version, capacity } = about;
    let id = sqlx::query_scalar!(
        r#"INSERT INTO runner (id, name, token_id, offers, created_at, last_seen_at, version, capacity)
           VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
           ON CONFLICT (name) DO UPDATE SET
               token_id = excluded.token_id, offers = excluded.offers, last_seen_at = excluded.last_seen_at,
               version = coalesce(excluded.version, version), capacity = coalesce(excluded.capacity, capacity)
           WHERE token_id IS NULL OR token_id = excluded.token_id
           RETURNING id AS "id!: String""#,
        id,
        name,
        token.0,
        offers,
        now,
        version,
        capacity
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| {
        Error::Conflict(format!(
            "the name `{name}` belongs to a runner with another token; give this runner another name"
        ))
    })?;
    row::text("id", &id)
}

/// Removes a runner that is gone: no list has it any more, nor is it paused any more. What it ran keeps its name. When it
/// comes again, it is another runner.
///
/// # Errors
/// `Conflict` while it is online or a task runs on it.
pub async fn remove(tx: &mut Tx, name: &str, now: Timestamp) -> Result<()> {
    let missing = || Error::NotFound(format!("runner `{name}`"));
    let runner = list(tx.db()).await?.into_iter().find(|runner| runner.name == name).ok_or_else(missing)?;
    if runner.is_online(now) {
        return Err(Error::Conflict(format!(
            "the runner `{name}` is online: stop it, and remove it {} minutes later",
            AWAY_MS / 60_000
        )));
    }
    let key = runner.id.to_string();
    let running = sqlx::query_scalar!(
        r#"SELECT count(*) AS "running!: i64" FROM task WHERE state = 'running' AND runner_id = ?1"#,
        key
    )
    .fetch_one(tx.db())
    .await?;
    if running > 0 {
        return Err(Error::Conflict(format!(
            "the runner `{name}` still has tasks that run ({running}): they are given up when their leases end, and then \
             it can be removed"
        )));
    }
    sqlx::query!("UPDATE runner SET removed_name = name, name = id WHERE id = ?1", key).execute(tx.db()).await?;
    pause::end(tx, &PauseScope::Runner(name.to_owned())).await?;
    Ok(())
}

/// The runner; also one that was removed.
pub async fn get(db: impl SqliteExecutor<'_>, id: RunnerId) -> Result<Runner> {
    let key = id.to_string();
    sqlx::query_as!(
        RunnerRow,
        r#"SELECT id, coalesce(removed_name, name) AS "name!", offers, version, capacity, created_at, last_seen_at
           FROM runner WHERE id = ?1"#,
        key
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| Error::NotFound(format!("runner `{id}`")))?
    .try_into()
}

/// All runners that were not removed, by name.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<Runner>> {
    sqlx::query_as!(
        RunnerRow,
        "SELECT id, name, offers, version, capacity, created_at, last_seen_at FROM runner
         WHERE removed_name IS NULL ORDER BY name"
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Runner::try_from)
    .collect()
}
