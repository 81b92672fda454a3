//! Lines: what waits and runs, by queue and class.

use sqlx::SqliteExecutor;

use crate::{Result, row};

/// All tasks of one queue and class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who can take them.
    pub queue: String,
    /// What limits and people call it.
    pub class: String,
    /// How many wait.
    pub waiting: u64,
    /// How many run.
    pub running: u64,
}

/// The lines that have something in them.
pub async fn list_lines(db: impl SqliteExecutor<'_>) -> Result<Vec<Line>> {
    sqlx::query!(
        "SELECT queue, class, waiting, running FROM queue_line WHERE waiting + running > 0 ORDER BY queue, class"
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|line| {
        Ok(Line {
            queue: line.queue,
            class: line.class,
            waiting: row::number("waiting", line.waiting)?,
            running: row::number("running", line.running)?,
        })
    })
    .collect()
}
