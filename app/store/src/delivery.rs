//! Webhooks as they came in, and what became of them. New ones come through the [`inbox`](crate::inbox).

use std::fmt;

use model::{project::Vcs, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// Names a stored webhook. Counts up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How often a delivery is tried before it is set aside.
pub const MAX_ATTEMPTS: u32 = 5;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Not looked at yet, or to be tried again.
    New,
    /// It had its effect.
    Done,
    /// There was nothing to do for it.
    Ignored,
    /// It failed too often and is set aside.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::New, Self::Done, Self::Ignored, Self::Dead];

    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Dead => "dead",
        }
    }

    /// Reads [`DeliveryState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A stored webhook.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Which.
    pub id: DeliveryId,
    /// The forge that sent it.
    pub vcs: Vcs,
    /// The forge's own id of it.
    pub guid: String,
    /// The forge's name of the event.
    pub event: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
    /// What became of it.
    pub state: DeliveryState,
    /// Why it was ignored, or what went wrong last.
    pub note: Option<String>,
    /// How often it failed.
    pub attempts: u32,
    /// How often it waited for a forge that gave no answer.
    pub postponed: u32,
}

struct DeliveryRow {
    id: i64,
    vcs: String,
    guid: String,
    event: String,
    body: Vec<u8>,
    received_at: i64,
    state: String,
    note: Option<String>,
    attempts: i64,
    postponed: i64,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = Error;

    fn try_from(row: DeliveryRow) -> Result<Self> {
        let DeliveryRow { id, vcs, guid, event, body, received_at, state, note, attempts, postponed } = row;
        Ok(Self {
            id: DeliveryId(id),
            vcs: row::text("vcs", &vcs)?,
            guid,
            event,
            body,
            received_at: row::time(received_at),
            state: row::name("state", &state, DeliveryState::from_name)?,
            note,
            attempts: row::number("attempts", attempts)?,
            postponed: row::number("postponed", postponed)?,
        })
    }
}

/// The delivery that waits longest and may be tried now.
pub async fn next_due(db: impl SqliteExecutor<'_>, now: Timestamp) -> Result<Option<Delivery>> {
    let now = now.millis();
    sqlx::query_as!(
        DeliveryRow,
        "SELECT id, vcs, guid, event, body, received_at, state, note, attempts, postponed FROM delivery
         WHERE state = 'new' AND next_try_at <= ?1 ORDER BY next_try_at, id LIMIT 1",
        now
    )
    .fetch_optional(db)
    .await?
    .map(Delivery::try_from)
    .transpose()
}

/// When the next delivery may be tried; `None` when none is left.
pub async fn next_due_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(r#"SELECT min(next_try_at) AS "at?: i64" FROM delivery WHERE state = 'new'"#)
        .fetch_one(db)
        .await?;
    Ok(at.map(row::time))
}

/// The delivery.
pub async fn get(db: impl SqliteExecutor<'_>, id: DeliveryId) -> Result<Delivery> {
    sqlx::query_as!(
        DeliveryRow,
        "SELECT id, vcs, guid, event, body, received_at, state, note, attempts, postponed FROM delivery WHERE id = ?1",
        id.0
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| Error::NotFound(format!("delivery `{id}`")))?
    .try_into()
}

/// It had its effect, which is written in the same transaction.
pub async fn finish(tx: &mut Tx, id: DeliveryId) -> Result<()> {
    settle(tx, id, DeliveryState::Done, None).await
}

/// There is nothing to do for it, and `note` says why.
pub async fn ignore(tx: &mut Tx, id: DeliveryId, note: &str) -> Result<()> {
    settle(tx, id, DeliveryState::Ignored, Some(note)).await
}

async fn settle(tx: &mut Tx, id: DeliveryId, state: DeliveryState, note: Option<&str>) -> Result<()> {
    let state = state.name();
    let changed =
        sqlx::query!("UPDATE delivery SET state = ?2, note = ?3 WHERE id = ?1 AND state = 'new'", id.0, state, note)
            .execute(tx.db())
            .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("delivery `{id}` is not new")));
    }
    Ok(())
}

/// What it needs cannot be had now: it is tried again at `next_try_at`. That does not count as a failure of its own.
pub async fn postpone(tx: &mut Tx, id: DeliveryId, note: &str, next_try_at: Timestamp) -> Result<()> {
    let next_try_at = next_try_at.millis();
    let changed = sqlx::query!(
        "UPDATE delivery SET note = ?2, next_try_at = ?3, postponed = postponed + 1 WHERE id = ?1 AND state = 'new'",
        id.0,
        note,
        next_try_at
    )
    .execute(tx.db())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("delivery `{id}` is not new")));
    }
    Ok(())
}

/// It failed: it is tried again at `next_try_at`, or set aside after [`MAX_ATTEMPTS`]. Tells which.
pub async fn fail(tx: &mut Tx, id: DeliveryId, error: &str, next_try_at: Timestamp) -> Result<DeliveryState> {
    let (next_try_at, max) = (next_try_at.millis(), i64::from(MAX_ATTEMPTS));
    let state = sqlx::query_scalar!(
        "UPDATE delivery SET attempts = attempts + 1, note = ?2, next_try_at = ?3,
                state = CASE WHEN attempts + 1 >= ?4 THEN 'dead' ELSE 'new' END
         WHERE id = ?1 AND state = 'new' RETURNING state",
        id.0,
        error,
        next_try_at,
        max
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::Conflict(format!("delivery `{id}` is not new")))?;
    row::name("state", &state, DeliveryState::from_name)
}
