//! Environment variables, whoever's they are.

use model::time::Timestamp;

use crate::{row, secret::Sealed};

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub sealed: Sealed,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

pub(crate) struct VariableRow {
    pub name: String,
    pub sealed: Vec<u8>,
    pub created_at: i64,
    pub updated_at: i64,
}

impl From<VariableRow> for Variable {
    fn from(VariableRow { name, sealed, created_at, updated_at }: VariableRow) -> Self {
        Self { name, sealed: Sealed(sealed), created_at: row::time(created_at), updated_at: row::time(updated_at) }
    }
}

/// Defines `set`, `unset` and `list` of the variables in a table, each for an owner in this column.
macro_rules! variables_in {
    ($table:literal, $owner:literal) => {
        use model::time::Timestamp;
        use sqlx::SqliteExecutor;

        use super::{Variable, VariableRow};
        use crate::{Result, Tx, secret::Sealed};

        pub(crate) async fn set(tx: &mut Tx, owner: &str, name: &str, sealed: &Sealed, now: Timestamp) -> Result<()> {
            let (sealed, now) = (&sealed.0, now.millis());
            sqlx::query!(
                "INSERT INTO "
                    + $table
                    + " ("
                    + $owner
                    + ", name, sealed, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?4)
                 ON CONFLICT ("
                    + $owner
                    + ", name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
                owner,
                name,
                sealed,
                now
            )
            .execute(tx.db())
            .await?;
            Ok(())
        }

        pub(crate) async fn unset(tx: &mut Tx, owner: &str, name: &str) -> Result<bool> {
            let gone = sqlx::query!("DELETE FROM " + $table + " WHERE " + $owner + " = ?1 AND name = ?2", owner, name)
                .execute(tx.db())
                .await?;
            Ok(gone.rows_affected() > 0)
        }

        pub(crate) async fn list(db: impl SqliteExecutor<'_>, owner: &str) -> Result<Vec<Variable>> {
            let rows = sqlx::query_as!(
                VariableRow,
                "SELECT name, sealed, created_at, updated_at FROM "
                    + $table
                    + " WHERE "
                    + $owner
                    + " = ?1 ORDER BY name",
                owner
            );
            Ok(rows.fetch_all(db).await?.into_iter().map(Variable::from).collect())
        }
    };
}

/// Those of contexts.
pub(crate) mod of_context {
    variables_in!("context_variable", "context_id");
}

/// Those of projects.
pub(crate) mod of_project {
    variables_in!("project_variable", "project_id");
}
