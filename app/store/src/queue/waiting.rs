//! What waits in the queue, for people to read.

use model::{id::JobId, time::Timestamp};
use sqlx::SqliteExecutor;

use super::Line;
use crate::{Result, row};

/// A job that waits for a runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub job_id: JobId,
    /// How many of its tasks wait.
    pub tasks: u64,
    /// Since when the first of them does.
    pub since: Timestamp,
}

/// The jobs that have waited longest, at most `limit` of them.
pub async fn list_waiting(db: impl SqliteExecutor<'_>, limit: u32) -> Result<Vec<Waiting>> {
    sqlx::query!(
        r#"SELECT j.id AS "id!", count(*) AS "tasks!: i64", coalesce(j.queued_at, j.created_at) AS "since!: i64"
           FROM task t JOIN job j ON j.id = t.job_id WHERE t.state = 'queued'
           GROUP BY j.id ORDER BY 3, j.id LIMIT ?1"#,
        limit
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|found| {
        Ok(Waiting {
            job_id: row::text("id", &found.id)?,
            tasks: row::number("tasks", found.tasks)?,
            since: row::time(found.since),
        })
    })
    .collect()
}

/// A job that waits in this line: the one that has waited longest. `None` when nothing waits there.
pub async fn first_in_line(db: impl SqliteExecutor<'_>, line: &Line) -> Result<Option<JobId>> {
    sqlx::query_scalar!(
        r#"SELECT t.job_id AS "job_id!" FROM queue_lane l JOIN task t ON t.lane_id = l.id AND t.state = 'queued'
           WHERE l.queue = ?1 AND l.class = ?2 AND l.waiting > 0 ORDER BY t.id LIMIT 1"#,
        line.queue,
        line.class
    )
    .fetch_optional(db)
    .await?
    .map(|id| row::text("job_id", &id))
    .transpose()
}
