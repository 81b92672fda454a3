//! What forges have said about the rights of users to projects.

use std::collections::HashMap;

use model::{
    id::{ProjectId, UserId},
    permission::Permission,
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use crate::{Result, Tx, row};

/// What was said last, and when.
pub async fn find(
    db: impl SqliteExecutor<'_>,
    user: UserId,
    project: ProjectId,
) -> Result<Option<(Permission, Timestamp)>> {
    let (user, project) = (user.to_string(), project.to_string());
    sqlx::query!("SELECT level, asked_at FROM permission WHERE user_id = ?1 AND project_id = ?2", user, project)
        .fetch_optional(db)
        .await?
        .map(|said| Ok((row::name("level", &said.level, Permission::from_name)?, row::time(said.asked_at))))
        .transpose()
}

/// All that was said of a user's rights.
pub async fn list(db: impl SqliteExecutor<'_>, user: UserId) -> Result<HashMap<ProjectId, (Permission, Timestamp)>> {
    let user = user.to_string();
    sqlx::query!("SELECT project_id, level, asked_at FROM permission WHERE user_id = ?1", user)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(|said| {
            let level = row::name("level", &said.level, Permission::from_name)?;
            Ok((row::text("project_id", &said.project_id)?, (level, row::time(said.asked_at))))
        })
        .collect()
}

/// Keeps what was said now.
pub async fn put(tx: &mut Tx, user: UserId, project: ProjectId, level: Permission, now: Timestamp) -> Result<()> {
    let (user, project, level, now) = (user.to_string(), project.to_string(), level.name(), now.millis());
    sqlx::query!(
        "INSERT INTO permission (user_id, project_id, level, asked_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user_id, project_id) DO UPDATE SET level = excluded.level, asked_at = excluded.asked_at",
        user,
        project,
        level,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
