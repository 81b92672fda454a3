//! Reading tasks.

use model::id::{JobId, TaskId};
use sqlx::SqliteExecutor;

use super::row::{Task, TaskRow, select};
use crate::{Error, Result, row};

/// The task.
pub async fn get(db: impl SqliteExecutor<'_>, id: TaskId) -> Result<Task> {
    let key = id.to_string();
    select!("WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("task `{id}`")))?
        .try_into()
}

/// The tasks of a job, in their order.
pub async fn list_by_job(db: impl SqliteExecutor<'_>, job: JobId) -> Result<Vec<Task>> {
    let job = job.to_string();
    select!("WHERE job_id = ?1 ORDER BY node_index", job).fetch_all(db).await?.into_iter().map(Task::try_from).collect()
}

/// The tasks that runners have, the one whose lease ends first at the front.
pub async fn list_running(db: impl SqliteExecutor<'_>) -> Result<Vec<Task>> {
    select!("WHERE state = 'running' ORDER BY lease_until")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Task::try_from)
        .collect()
}

/// How many tasks wait for a runner.
pub async fn count_queued(db: impl SqliteExecutor<'_>) -> Result<u64> {
    let count = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(waiting), 0) AS "count!: i64" FROM queue_line WHERE waiting + running > 0"#
    )
    .fetch_one(db)
    .await?;
    row::number("count", count)
}

/// How many tasks wait in each queue that is not empty.
pub async fn queue_depths(db: impl SqliteExecutor<'_>) -> Result<Vec<(String, u64)>> {
    sqlx::query!(
        r#"SELECT queue, sum(waiting) AS "count!: i64" FROM queue_line WHERE waiting + running > 0
           GROUP BY queue HAVING sum(waiting) > 0 ORDER BY queue"#
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|row| Ok((row.queue, row::number("count", row.count)?)))
    .collect()
}
