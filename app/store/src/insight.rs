//! How workflows of a branch have ended lately, and how long they took.

use model::{id::ProjectId, time::Timestamp, workflow::WorkflowStatus};
use sqlx::SqliteExecutor;

use crate::{Result, row};

/// A workflow that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its name in the configuration.
    pub name: String,
    /// How it ended.
    pub status: WorkflowStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last job ended.
    pub ended_at: Timestamp,
}

/// The workflows of a branch's newest pipelines that have ended, the newest first: of the last `pipelines` pipelines.
pub async fn list_ended(
    db: impl SqliteExecutor<'_>,
    project: ProjectId,
    branch: &str,
    pipelines: u32,
) -> Result<Vec<Ended>> {
    let project = project.to_string();
    sqlx::query!(
        r#"SELECT name, status, created_at, ended_at AS "ended_at!" FROM workflow
           WHERE ended_at IS NOT NULL AND pipeline_id IN (
               SELECT id FROM pipeline WHERE project_id = ?1 AND ref_name = ?2 AND ref_kind = 'branch'
               ORDER BY id DESC LIMIT ?3)
           ORDER BY id DESC"#,
        project,
        branch,
        pipelines
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|found| {
        Ok(Ended {
            name: found.name,
            status: row::name("status", &found.status, WorkflowStatus::from_name)?,
            created_at: row::time(found.created_at),
            ended_at: row::time(found.ended_at),
        })
    })
    .collect()
}
