//! Steps of tasks: attempts at them. Their output is in files.

use model::{
    event::{StepKey, StepResult},
    id::TaskId,
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// An attempt at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose.
    pub task_id: TaskId,
    /// Which, and which attempt.
    pub key: StepKey,
    /// Shown name.
    pub name: String,
    /// The command; empty for steps without one.
    pub command: String,
    /// Whether it goes on while the next steps run.
    pub background: bool,
    /// How it ended; `None` while it runs.
    pub result: Option<StepResult>,
    /// When it began, by the clock of the runner's machine: for display.
    pub started_at: Timestamp,
    /// When it ended, by the same clock.
    pub ended_at: Option<Timestamp>,
}

struct StepRow {
    task_id: String,
    step: i64,
    attempt: i64,
    name: String,
    command: String,
    background: i64,
    result: Option<String>,
    started_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<StepRow> for Step {
    type Error = Error;

    fn try_from(row: StepRow) -> Result<Self> {
        let StepRow { task_id, step, attempt, name, command, background, result, started_at, ended_at } = row;
        Ok(Self {
            task_id: row::text("task_id", &task_id)?,
            key: StepKey { step: row::number("step", step)?, attempt: row::number("attempt", attempt)? },
            name,
            command,
            background: background != 0,
            result: result.map(|result| row::json("result", &result)).transpose()?,
            started_at: row::time(started_at),
            ended_at: ended_at.map(row::time),
        })
    }
}

/// The steps of a task that have begun, in their order.
pub async fn list_by_task(db: impl SqliteExecutor<'_>, task: TaskId) -> Result<Vec<Step>> {
    let task = task.to_string();
    sqlx::query_as!(
        StepRow,
        "SELECT task_id, step, attempt, name, command, background, result, started_at, ended_at FROM step
         WHERE task_id = ?1 ORDER BY step, attempt",
        task
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Step::try_from)
    .collect()
}

/// A step begins.
///
/// # Errors
/// `Conflict` when it has begun before.
pub async fn start(tx: &mut Tx, step: &Step) -> Result<()> {
    let Step { task_id, key, name, command, background, result: _, started_at, ended_at: _ } = step;
    let (task, started_at) = (task_id.to_string(), started_at.millis());
    let inserted = sqlx::query!(
        "INSERT INTO step (task_id, step, attempt, name, command, background, state, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'running', ?7) ON CONFLICT DO NOTHING",
        task,
        key.step,
        key.attempt,
        name,
        command,
        background,
        started_at
    )
    .execute(tx.db())
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::Conflict(format!("step {key} has begun before")));
    }
    Ok(())
}

/// A step ends.
///
/// # Errors
/// `Conflict` when it does not run.
pub async fn end(tx: &mut Tx, task: TaskId, key: StepKey, result: &StepResult, at: Timestamp) -> Result<()> {
    let (task, result, at) = (task.to_string(), row::to_json(result)?, at.millis());
    let changed = sqlx::query!(
        "UPDATE step SET state = 'ended', result = ?4, ended_at = ?5
         WHERE task_id = ?1 AND step = ?2 AND attempt = ?3 AND state = 'running'",
        task,
        key.step,
        key.attempt,
        result,
        at
    )
    .execute(tx.db())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("step {key} is not running")));
    }
    Ok(())
}

/// Ends the steps of a task that still run: their task is over.
pub(crate) async fn end_all(tx: &mut Tx, task: TaskId, result: &StepResult, at: Timestamp) -> Result<()> {
    let (task, result, at) = (task.to_string(), row::to_json(result)?, at.millis());
    sqlx::query!(
        "UPDATE step SET state = 'ended', result = ?2, ended_at = ?3 WHERE task_id = ?1 AND state = 'running'",
        task,
        result,
        at
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Forgets the steps of a task: it was given back before any step of the user's had begun.
pub(crate) async fn forget(tx: &mut Tx, task: TaskId) -> Result<()> {
    let task = task.to_string();
    sqlx::query!("DELETE FROM step WHERE task_id = ?1", task).execute(tx.db()).await?;
    Ok(())
}
