//! Layers of workspaces: what steps persisted for the jobs after theirs. Their bytes are in the blob store, under the id.

use model::{
    id::{JobId, TaskId, WorkflowId},
    time::Timestamp,
};
use sqlx::SqliteExecutor;
use uuid::Uuid;

use crate::{Error, Result, Tx, row};

/// What one step persisted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Which; also the name of its blob.
    pub id: Uuid,
    /// In whose workspace.
    pub workflow_id: WorkflowId,
    /// The job that persisted it.
    pub job_id: JobId,
    /// Which of that job's tasks.
    pub task_id: TaskId,
    /// Size of the archive.
    pub size_bytes: u64,
    /// Hash of the archive.
    pub sha256: [u8; 32],
    /// When it was persisted.
    pub created_at: Timestamp,
}

struct LayerRow {
    id: String,
    workflow_id: String,
    job_id: String,
    task_id: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    created_at: i64,
}

impl TryFrom<LayerRow> for Layer {
    type Error = Error;

    fn try_from(row: LayerRow) -> Result<Self> {
        let LayerRow { id, workflow_id, job_id, task_id, size_bytes, sha256, created_at } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            workflow_id: row::text("workflow_id", &workflow_id)?,
            job_id: row::text("job_id", &job_id)?,
            task_id: row::text("task_id", &task_id)?,
            size_bytes: row::number("size_bytes", size_bytes)?,
            sha256: row::hash("sha256", sha256)?,
            created_at: row::time(created_at),
        })
    }
}

/// All layers of a workflow and of the other attempts at it, which share its workspace, in the order of time.
pub async fn list_by_workflow(db: impl SqliteExecutor<'_>, workflow: WorkflowId) -> Result<Vec<Layer>> {
    let workflow = workflow.to_string();
    sqlx::query_as!(
        LayerRow,
        "SELECT id, workflow_id, job_id, task_id, size_bytes, sha256, created_at FROM workspace_layer
         WHERE workflow_id IN (SELECT id FROM workflow
                               WHERE workspace_id = (SELECT workspace_id FROM workflow WHERE id = ?1))
         ORDER BY id",
        workflow
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Layer::try_from)
    .collect()
}

/// Adds a layer.
pub async fn create(tx: &mut Tx, layer: &Layer) -> Result<()> {
    let Layer { id, workflow_id, job_id, task_id, size_bytes, sha256, created_at } = layer;
    let (id, workflow, job, task) = (id.to_string(), workflow_id.to_string(), job_id.to_string(), task_id.to_string());
    let (size, hash, created) = (row::integer(*size_bytes), sha256.as_slice(), created_at.millis());
    sqlx::query!(
        "INSERT INTO workspace_layer (id, workflow_id, job_id, task_id, size_bytes, sha256, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        id,
        workflow,
        job,
        task,
        size,
        hash,
        created
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
