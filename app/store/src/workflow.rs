//! Graphs of jobs.

use model::{
    id::{PipelineId, WorkflowId},
    plan::{Skipped, WorkflowPlan},
    time::Timestamp,
    workflow::WorkflowStatus,
};
use sqlx::SqliteExecutor;

use crate::{Error, Result, Stage, Tx, job, pipeline::Pipeline, row};

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Which.
    pub id: WorkflowId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its name in the configuration.
    pub name: String,
    /// Its place in the configuration, from 0.
    pub position: u32,
    /// The fold over its jobs.
    pub status: WorkflowStatus,
    /// Jobs that this pipeline leaves out, and why.
    pub skipped: Vec<Skipped>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last job ended.
    pub ended_at: Option<Timestamp>,
}

struct WorkflowRow {
    id: String,
    pipeline_id: String,
    name: String,
    position: i64,
    status: String,
    skipped: String,
    created_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<WorkflowRow> for Workflow {
    type Error = Error;

    fn try_from(row: WorkflowRow) -> Result<Self> {
        let WorkflowRow { id, pipeline_id, name, position, status, skipped, created_at, ended_at } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            pipeline_id: row::text("pipeline_id", &pipeline_id)?,
            name,
            position: row::number("position", position)?,
            status: row::name("status", &status, WorkflowStatus::from_name)?,
            skipped: row::json("skipped", &skipped)?,
            created_at: row::time(created_at),
            ended_at: ended_at.map(row::time),
        })
    }
}

/// `SELECT … FROM workflow` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            WorkflowRow,
            "SELECT id, pipeline_id, name, position, status, skipped, created_at, ended_at FROM workflow " + $rest
            $(, $argument)*
        )
    };
}

/// Makes a workflow and its jobs, all blocked, and marks it due.
pub(crate) async fn create(
    tx: &mut Tx,
    pipeline: &Pipeline,
    position: usize,
    plan: &WorkflowPlan,
    now: Timestamp,
) -> Result<WorkflowId> {
    let WorkflowPlan { name, jobs, skipped, max_auto_reruns } = plan;
    let id = WorkflowId::from_uuid(row::new_id());
    let (key, pipeline_id, millis) = (id.to_string(), pipeline.id.to_string(), now.millis());
    let (position, skipped) = (row::integer(position as u64), row::to_json(skipped)?);
    let (status, ended_at) = match jobs.is_empty() {
        true => (WorkflowStatus::NotRun.name(), Some(millis)),
        false => (WorkflowStatus::Running.name(), None),
    };
    sqlx::query!(
        "INSERT INTO workflow (id, pipeline_id, name, position, status, skipped, max_auto_reruns, created_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        key,
        pipeline_id,
        name,
        position,
        status,
        skipped,
        max_auto_reruns,
        millis,
        ended_at
    )
    .execute(tx.db())
    .await?;
    job::create_all(tx, pipeline, id, jobs, now).await?;
    if !jobs.is_empty() {
        mark_due(tx, id, now).await?;
    }
    Ok(id)
}

/// The workflow.
pub async fn get(db: impl SqliteExecutor<'_>, id: WorkflowId) -> Result<Workflow> {
    let key = id.to_string();
    select!("WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("workflow `{id}`")))?
        .try_into()
}

/// The workflows of a pipeline, in the order of the configuration.
pub async fn list_by_pipeline(db: impl SqliteExecutor<'_>, pipeline: PipelineId) -> Result<Vec<Workflow>> {
    let pipeline = pipeline.to_string();
    select!("WHERE pipeline_id = ?1 ORDER BY position, id", pipeline)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Workflow::try_from)
        .collect()
}

/// The workflow that the scheduler should look at now: the one that waits longest.
pub async fn next_due(db: impl SqliteExecutor<'_>, now: Timestamp) -> Result<Option<WorkflowId>> {
    let now = now.millis();
    sqlx::query_scalar!("SELECT id FROM workflow WHERE due_at <= ?1 ORDER BY due_at, id LIMIT 1", now)
        .fetch_optional(db)
        .await?
        .map(|id| row::text("id", &id))
        .transpose()
}

/// When the scheduler should look at a workflow next; `None` when none is due.
pub async fn next_due_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(r#"SELECT min(due_at) AS "at?: i64" FROM workflow WHERE due_at IS NOT NULL"#)
        .fetch_one(db)
        .await?;
    Ok(at.map(row::time))
}

/// Something in it has changed: the scheduler looks at it (again) and is woken.
pub async fn mark_due(tx: &mut Tx, id: WorkflowId, now: Timestamp) -> Result<()> {
    let (key, now) = (id.to_string(), now.millis());
    sqlx::query!("UPDATE workflow SET due_at = min(coalesce(due_at, ?2), ?2) WHERE id = ?1", key, now)
        .execute(tx.db())
        .await?;
    tx.wake(Stage::Scheduler);
    Ok(())
}

/// The scheduler has decided all there is to decide now. Call it before acting: what the decisions cause marks it again.
pub async fn clear_due(tx: &mut Tx, id: WorkflowId) -> Result<()> {
    let key = id.to_string();
    sqlx::query!("UPDATE workflow SET due_at = NULL WHERE id = ?1", key).execute(tx.db()).await?;
    Ok(())
}

/// The scheduler failed on it: others come first, and it is looked at again at `until`.
pub async fn defer(tx: &mut Tx, id: WorkflowId, until: Timestamp) -> Result<()> {
    let (key, until) = (id.to_string(), until.millis());
    sqlx::query!("UPDATE workflow SET due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL", key, until)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Folds the states of its jobs into its status, and stores that.
pub(crate) async fn refold(tx: &mut Tx, id: WorkflowId, now: Timestamp) -> Result<WorkflowStatus> {
    let states = job::list_states(tx.db(), id).await?;
    let status = model::workflow::status(states);
    let (key, name) = (id.to_string(), status.name());
    let ended_at = status.is_ended().then_some(now.millis());
    sqlx::query!(
        "UPDATE workflow SET status = ?2, ended_at = CASE WHEN ?3 IS NULL THEN NULL ELSE coalesce(ended_at, ?3) END
         WHERE id = ?1",
        key,
        name,
        ended_at
    )
    .execute(tx.db())
    .await?;
    Ok(status)
}

/// Cancels every job of it that has not ended. Jobs that run end once their runners have stopped them.
pub async fn cancel(tx: &mut Tx, id: WorkflowId, reason: &str, now: Timestamp) -> Result<()> {
    get(tx.db(), id).await?;
    for job in job::list_by_workflow(tx.db(), id).await? {
        if job.state.outcome().is_none() {
            job::cancel(tx, job.id, reason, now).await?;
        }
    }
    Ok(())
}
