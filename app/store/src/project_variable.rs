//! Environment variables of projects.

use model::{id::ProjectId, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{
    Result, Tx,
    secret::Sealed,
    variable::{Variable, of_project},
};

/// Sets a variable, whose name and value have been checked.
pub async fn set(tx: &mut Tx, project: ProjectId, name: &str, sealed: &Sealed, now: Timestamp) -> Result<()> {
    of_project::set(tx, &project.to_string(), name, sealed, now).await
}

/// Removes a variable. Tells whether it was there.
pub async fn unset(tx: &mut Tx, project: ProjectId, name: &str) -> Result<bool> {
    of_project::unset(tx, &project.to_string(), name).await
}

/// The variables of a project, by name.
pub async fn list(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<Vec<Variable>> {
    of_project::list(db, &project.to_string()).await
}
