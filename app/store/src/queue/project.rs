//! What a project has running, and how much it may.

use model::id::ProjectId;
use sqlx::SqliteExecutor;

use crate::{Result, Stage, Tx, row};

/// A project in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectLoad {
    /// Its tasks that run.
    pub running: u64,
    /// How many may; `None`: as the settings say for every project.
    pub max_running: Option<u32>,
}

/// What a project has running; all zero when it never had anything.
pub async fn find_project(db: impl SqliteExecutor<'_>, id: ProjectId) -> Result<ProjectLoad> {
    let id = id.to_string();
    let found = sqlx::query!("SELECT running, max_running FROM queue_project WHERE project_id = ?1", id)
        .fetch_optional(db)
        .await?;
    let Some(found) = found else { return Ok(ProjectLoad::default()) };
    Ok(ProjectLoad {
        running: row::number("running", found.running)?,
        max_running: found.max_running.map(|most| row::number("max_running", most)).transpose()?,
    })
}

/// How many tasks the project runs that runs most.
pub async fn find_busiest(db: impl SqliteExecutor<'_>) -> Result<u64> {
    let most = sqlx::query_scalar!(r#"SELECT coalesce(max(running), 0) AS "most!: i64" FROM queue_project"#)
        .fetch_one(db)
        .await?;
    row::number("running", most)
}

/// The projects that have a limit of their own, with what they have running.
pub async fn list_project_limits(db: impl SqliteExecutor<'_>) -> Result<Vec<(ProjectId, ProjectLoad)>> {
    sqlx::query!("SELECT project_id, running, max_running FROM queue_project WHERE max_running IS NOT NULL")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(|found| {
            let load = ProjectLoad {
                running: row::number("running", found.running)?,
                max_running: found.max_running.map(|most| row::number("max_running", most)).transpose()?,
            };
            Ok((row::text("project_id", &found.project_id)?, load))
        })
        .collect()
}

/// From now on so many tasks of the project run at the same time at most; `None`: as the settings say. What runs goes on.
pub async fn set_project_limit(tx: &mut Tx, id: ProjectId, max_running: Option<u32>) -> Result<()> {
    let id = id.to_string();
    sqlx::query!(
        "INSERT INTO queue_project (project_id, max_running) VALUES (?1, ?2)
         ON CONFLICT (project_id) DO UPDATE SET max_running = excluded.max_running",
        id,
        max_running
    )
    .execute(tx.db())
    .await?;
    tx.wake(Stage::Dispatch);
    Ok(())
}
