//! Pauses: nothing new is given to runners, of everything, of a project, or to a runner. What runs goes on.

use model::{id::ProjectId, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Stage, Tx, row};

/// What a pause is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PauseScope {
    /// No runner gets anything.
    All,
    /// Nothing of this project is given away.
    Project(ProjectId),
    /// The runner with this name gets nothing.
    Runner(String),
}

impl PauseScope {
    /// Scope and subject, as rows hold them.
    fn to_row(&self) -> (&'static str, String) {
        match self {
            Self::All => ("all", String::new()),
            Self::Project(id) => ("project", id.to_string()),
            Self::Runner(name) => ("runner", name.clone()),
        }
    }

    fn from_row(scope: &str, subject: &str) -> Result<Self> {
        match scope {
            "project" => row::text("subject", subject).map(Self::Project),
            "runner" => Ok(Self::Runner(subject.to_owned())),
            _ => row::name("scope", scope, |scope| (scope == "all").then_some(Self::All)),
        }
    }
}

/// A pause in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What it is for.
    pub scope: PauseScope,
    /// Who began it.
    pub paused_by: String,
    /// Why, in their words; empty when they said nothing.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

struct PauseRow {
    scope: String,
    subject: String,
    paused_by: String,
    reason: String,
    since: i64,
}

impl TryFrom<PauseRow> for Pause {
    type Error = Error;

    fn try_from(row: PauseRow) -> Result<Self> {
        let PauseRow { scope, subject, paused_by, reason, since } = row;
        Ok(Self { scope: PauseScope::from_row(&scope, &subject)?, paused_by, reason, since: row::time(since) })
    }
}

/// Begins a pause. Of one that is in force, only the reason changes.
pub async fn begin(tx: &mut Tx, scope: &PauseScope, by: &str, reason: &str, now: Timestamp) -> Result<()> {
    let ((scope, subject), now) = (scope.to_row(), now.millis());
    sqlx::query!(
        "INSERT INTO pause (scope, subject, paused_by, reason, since) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (scope, subject) DO UPDATE SET reason = excluded.reason",
        scope,
        subject,
        by,
        reason,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Ends a pause, and wakes the runners. Tells whether there was one.
pub async fn end(tx: &mut Tx, scope: &PauseScope) -> Result<bool> {
    let (scope, subject) = scope.to_row();
    let gone =
        sqlx::query!("DELETE FROM pause WHERE scope = ?1 AND subject = ?2", scope, subject).execute(tx.db()).await?;
    tx.wake(Stage::Dispatch);
    Ok(gone.rows_affected() > 0)
}

/// The pause of this scope, if it is in force.
pub async fn find(db: impl SqliteExecutor<'_>, scope: &PauseScope) -> Result<Option<Pause>> {
    let (scope, subject) = scope.to_row();
    sqlx::query_as!(
        PauseRow,
        "SELECT scope, subject, paused_by, reason, since FROM pause WHERE scope = ?1 AND subject = ?2",
        scope,
        subject
    )
    .fetch_optional(db)
    .await?
    .map(Pause::try_from)
    .transpose()
}

/// All pauses in force.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<Pause>> {
    sqlx::query_as!(PauseRow, "SELECT scope, subject, paused_by, reason, since FROM pause ORDER BY scope, subject")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Pause::try_from)
        .collect()
}
