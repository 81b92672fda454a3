//! Environment variables of projects.

use model::{id::ProjectId, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{Result, Tx, context::Variable, row, secret::Sealed};

/// Sets a variable, whose name and value have been checked.
pub async fn set(tx: &mut Tx, project: ProjectId, name: &str, sealed: &Sealed, now: Timestamp) -> Result<()> {
    let (project, sealed, now) = (project.to_string(), &sealed.0, now.millis());
    sqlx::query!(
        "INSERT INTO project_variable (project_id, name, sealed, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (project_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        project,
        name,
        sealed,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Removes a variable. Tells whether it was there.
pub async fn unset(tx: &mut Tx, project: ProjectId, name: &str) -> Result<bool> {
    let project = project.to_string();
    let gone = sqlx::query!("DELETE FROM project_variable WHERE project_id = ?1 AND name = ?2", project, name)
        .execute(tx.db())
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// The variables of a project, by name.
pub async fn list(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<Vec<Variable>> {
    let project = project.to_string();
    let rows = sqlx::query!(
        "SELECT name, sealed, created_at, updated_at FROM project_variable WHERE project_id = ?1 ORDER BY name",
        project
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|found| Variable {
            name: found.name,
            sealed: Sealed(found.sealed),
            created_at: row::time(found.created_at),
            updated_at: row::time(found.updated_at),
        })
        .collect())
}
