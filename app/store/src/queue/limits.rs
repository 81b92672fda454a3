//! How much may run at the same time: what the settings say, and what an administrator has set over it.

use std::collections::BTreeMap;

use model::time::Timestamp;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Stage, Tx, row};

/// How many tasks may run at the same time, and how patient scheduled work is. The default sets no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of all; `None`: as many as the runners take.
    pub total: Option<u32>,
    /// Of each project that has no limit of its own.
    pub project: Option<u32>,
    /// Of a class (`docker/large`, `namespace/name`).
    pub classes: BTreeMap<String, u32>,
    /// Scheduled work that has waited for so long goes as if somebody waited for it, in milliseconds.
    pub scheduled_patience_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: None, project: None, classes: BTreeMap::new(), scheduled_patience_ms: 30 * 60_000 }
    }
}

/// What a limit is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitScope {
    /// All tasks.
    All,
    /// The tasks of each project that has no limit of its own.
    EachProject,
    /// The tasks of this class.
    Class(String),
}

impl LimitScope {
    /// Scope and subject, as rows hold them.
    fn to_row(&self) -> (&'static str, &str) {
        match self {
            Self::All => ("all", ""),
            Self::EachProject => ("project", ""),
            Self::Class(class) => ("class", class),
        }
    }

    fn from_row(scope: &str, subject: String) -> Result<Self> {
        row::name("scope", scope, |scope| match scope {
            "all" => Some(Self::All),
            "project" => Some(Self::EachProject),
            "class" => Some(Self::Class(subject)),
            _ => None,
        })
    }
}

/// A limit that an administrator set: it comes before the one of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLimit {
    /// What it is for.
    pub scope: LimitScope,
    /// How many; `None`: as many as the runners take, whatever the settings say.
    pub most: Option<u32>,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}

impl Limits {
    /// With what administrators have set over it.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn in_force(&self, db: impl SqliteExecutor<'_>) -> Result<Self> {
        let mut limits = self.clone();
        for SetLimit { scope, most, set_by: _, set_at: _ } in list_limits(db).await? {
            match (scope, most) {
                (LimitScope::All, most) => limits.total = most,
                (LimitScope::EachProject, most) => limits.project = most,
                (LimitScope::Class(class), Some(most)) => {
                    limits.classes.insert(class, most);
                }
                (LimitScope::Class(class), None) => {
                    limits.classes.remove(&class);
                }
            }
        }
        Ok(limits)
    }
}

/// The limits that administrators have set.
pub async fn list_limits(db: impl SqliteExecutor<'_>) -> Result<Vec<SetLimit>> {
    sqlx::query!("SELECT scope, subject, most, set_by, set_at FROM queue_limit ORDER BY scope, subject")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(|found| {
            Ok(SetLimit {
                scope: LimitScope::from_row(&found.scope, found.subject)?,
                most: found.most.map(|most| row::number("most", most)).transpose()?,
                set_by: found.set_by,
                set_at: row::time(found.set_at),
            })
        })
        .collect()
}

/// Sets a limit from now on. What runs goes on.
///
/// # Errors
/// `Conflict` for a class without a name.
pub async fn set_limit(tx: &mut Tx, limit: &SetLimit) -> Result<()> {
    let SetLimit { scope, most, set_by, set_at } = limit;
    if matches!(scope, LimitScope::Class(class) if class.trim().is_empty()) {
        return Err(Error::Conflict("a limit of a class needs the name of the class: `docker/large`".to_owned()));
    }
    let ((scope, subject), set_at) = (scope.to_row(), set_at.millis());
    sqlx::query!(
        "INSERT INTO queue_limit (scope, subject, most, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (scope, subject) DO UPDATE SET most = excluded.most, set_by = excluded.set_by, set_at = excluded.set_at",
        scope,
        subject,
        most,
        set_by,
        set_at
    )
    .execute(tx.db())
    .await?;
    tx.wake(Stage::Dispatch);
    Ok(())
}

/// What the settings say holds again. Tells whether anything was set.
pub async fn unset_limit(tx: &mut Tx, scope: &LimitScope) -> Result<bool> {
    let (scope, subject) = scope.to_row();
    let gone = sqlx::query!("DELETE FROM queue_limit WHERE scope = ?1 AND subject = ?2", scope, subject)
        .execute(tx.db())
        .await?;
    tx.wake(Stage::Dispatch);
    Ok(gone.rows_affected() > 0)
}
