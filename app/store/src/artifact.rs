//! Artifacts: files that tasks stored. Their bytes are in the blob store, under the id; their paths are names, and nothing
//! else.

use model::{
    id::{JobId, TaskId},
    time::Timestamp,
};
use sqlx::SqliteExecutor;
use uuid::Uuid;

use crate::{Error, Result, Tx, row};

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Which; also the name of its blob.
    pub id: Uuid,
    /// Whose.
    pub job_id: JobId,
    /// Which of that job's tasks.
    pub task_id: TaskId,
    /// The same by its place, from 0.
    pub node_index: u32,
    /// With `/`, without `.` and `..`.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its hash.
    pub sha256: [u8; 32],
    /// When it was stored.
    pub created_at: Timestamp,
}

struct ArtifactRow {
    id: String,
    job_id: String,
    task_id: String,
    node_index: i64,
    path: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    created_at: i64,
}

impl TryFrom<ArtifactRow> for Artifact {
    type Error = Error;

    fn try_from(row: ArtifactRow) -> Result<Self> {
        let ArtifactRow { id, job_id, task_id, node_index, path, size_bytes, sha256, created_at } = row;
        Ok(Self {
            id: row::text("id", &id)?,
            job_id: row::text("job_id", &job_id)?,
            task_id: row::text("task_id", &task_id)?,
            node_index: row::number("node_index", node_index)?,
            path,
            size_bytes: row::number("size_bytes", size_bytes)?,
            sha256: row::hash("sha256", sha256)?,
            created_at: row::time(created_at),
        })
    }
}

macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            ArtifactRow,
            "SELECT id, job_id, task_id, node_index, path, size_bytes, sha256, created_at FROM artifact " + $rest
            $(, $argument)*
        )
    };
}

/// The artifact of a task of a job with this path.
pub async fn find(db: impl SqliteExecutor<'_>, job: JobId, node_index: u32, path: &str) -> Result<Option<Artifact>> {
    let job = job.to_string();
    select!("WHERE job_id = ?1 AND node_index = ?2 AND path = ?3", job, node_index, path)
        .fetch_optional(db)
        .await?
        .map(Artifact::try_from)
        .transpose()
}

/// The artifacts of a job, by task and path, at most `limit`.
pub async fn list_by_job(db: impl SqliteExecutor<'_>, job: JobId, limit: u32) -> Result<Vec<Artifact>> {
    let job = job.to_string();
    select!("WHERE job_id = ?1 ORDER BY node_index, path LIMIT ?2", job, limit)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Artifact::try_from)
        .collect()
}

/// How many artifacts a job has, and their bytes.
pub async fn count(db: impl SqliteExecutor<'_>, job: JobId) -> Result<(u64, u64)> {
    let job = job.to_string();
    let found = sqlx::query!(
        r#"SELECT count(*) AS "count!: i64", coalesce(sum(size_bytes), 0) AS "bytes!: i64" FROM artifact
           WHERE job_id = ?1"#,
        job
    )
    .fetch_one(db)
    .await?;
    Ok((row::number("count", found.count)?, row::number("bytes", found.bytes)?))
}

/// Adds an artifact. Returns the one with the same path that it replaces: its blob goes after the commit.
pub async fn put(tx: &mut Tx, artifact: &Artifact) -> Result<Option<Artifact>> {
    let Artifact { id, job_id, task_id, node_index, path, size_bytes, sha256, created_at } = artifact;
    let before = find(tx.db(), *job_id, *node_index, path).await?;
    if let Some(before) = &before {
        let id = before.id.to_string();
        sqlx::query!("DELETE FROM artifact WHERE id = ?1", id).execute(tx.db()).await?;
    }
    let (id, job, task) = (id.to_string(), job_id.to_string(), task_id.to_string());
    let (size, hash, created) = (row::integer(*size_bytes), sha256.as_slice(), created_at.millis());
    sqlx::query!(
        "INSERT INTO artifact (id, job_id, task_id, node_index, path, size_bytes, sha256, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        id,
        job,
        task,
        node_index,
        path,
        size,
        hash,
        created
    )
    .execute(tx.db())
    .await?;
    Ok(before)
}
