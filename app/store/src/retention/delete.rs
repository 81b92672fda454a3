//! Deleting rows. What hangs on a row goes with it; its bytes go after the commit.

use model::{id::PipelineId, time::Timestamp};

use super::Kind;
use crate::{Result, Tx, row};

/// So many jobs of a pipeline go in one transaction.
const JOBS: i64 = 50;

/// Bytes whose rows were just deleted: blobs of a kind, or the logs of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// Of what.
    pub kind: Kind,
    /// Which.
    pub id: String,
}

/// Deletes artifacts.
pub async fn delete_artifacts(tx: &mut Tx, ids: &[String]) -> Result<()> {
    let ids = row::to_json(ids)?;
    sqlx::query!("DELETE FROM artifact WHERE id IN (SELECT value FROM json_each(?1))", ids).execute(tx.db()).await?;
    Ok(())
}

/// Deletes layers of workspaces.
pub async fn delete_workspaces(tx: &mut Tx, ids: &[String]) -> Result<()> {
    let ids = row::to_json(ids)?;
    sqlx::query!("DELETE FROM workspace_layer WHERE id IN (SELECT value FROM json_each(?1))", ids)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Deletes caches.
pub async fn delete_caches(tx: &mut Tx, ids: &[String]) -> Result<()> {
    let ids = row::to_json(ids)?;
    sqlx::query!("DELETE FROM cache WHERE id IN (SELECT value FROM json_each(?1))", ids).execute(tx.db()).await?;
    Ok(())
}

/// Notes of jobs that their logs are gone.
pub async fn forget_logs(tx: &mut Tx, jobs: &[String], now: Timestamp) -> Result<()> {
    let (jobs, now) = (row::to_json(jobs)?, now.millis());
    sqlx::query!("UPDATE job SET logs_deleted_at = ?2 WHERE id IN (SELECT value FROM json_each(?1))", jobs, now)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Deletes webhooks. The pipelines that they made stay.
pub async fn delete_deliveries(tx: &mut Tx, ids: &[String]) -> Result<()> {
    let ids = row::to_json(ids)?;
    sqlx::query!(
        "UPDATE pipeline SET delivery_id = NULL
         WHERE delivery_id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))",
        ids
    )
    .execute(tx.db())
    .await?;
    sqlx::query!("DELETE FROM delivery WHERE id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))", ids)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Deletes some jobs of a pipeline with all that hangs on them, or, when it has none left, the pipeline. Gives the bytes that
/// go after the commit, and whether the pipeline is gone.
pub async fn delete_pipeline(tx: &mut Tx, id: PipelineId) -> Result<(Vec<Bytes>, bool)> {
    let key = id.to_string();
    let jobs = sqlx::query_scalar!(
        r#"SELECT j.id AS "id!" FROM workflow w JOIN job j ON j.workflow_id = w.id WHERE w.pipeline_id = ?1 LIMIT ?2"#,
        key,
        JOBS
    )
    .fetch_all(tx.db())
    .await?;
    if jobs.is_empty() {
        delete_rest(tx, &key).await?;
        return Ok((Vec::new(), true));
    }
    let bytes = delete_jobs(tx, &jobs).await?;
    Ok((bytes, false))
}

async fn delete_jobs(tx: &mut Tx, jobs: &[String]) -> Result<Vec<Bytes>> {
    let json = row::to_json(jobs)?;
    let of = |kind: Kind, ids: Vec<String>| ids.into_iter().map(move |id| Bytes { kind, id });
    let mut bytes: Vec<Bytes> = of(Kind::Logs, jobs.to_vec()).collect();
    let artifacts = sqlx::query_scalar!(
        "DELETE FROM artifact WHERE job_id IN (SELECT value FROM json_each(?1)) RETURNING id",
        json
    )
    .fetch_all(tx.db())
    .await?;
    bytes.extend(of(Kind::Artifacts, artifacts));
    let layers = sqlx::query_scalar!(
        "DELETE FROM workspace_layer WHERE job_id IN (SELECT value FROM json_each(?1)) RETURNING id",
        json
    )
    .fetch_all(tx.db())
    .await?;
    bytes.extend(of(Kind::Workspaces, layers));
    sqlx::query!("DELETE FROM test_result WHERE job_id IN (SELECT value FROM json_each(?1))", json)
        .execute(tx.db())
        .await?;
    sqlx::query!(
        "DELETE FROM step WHERE task_id IN (SELECT id FROM task WHERE job_id IN (SELECT value FROM json_each(?1)))",
        json
    )
    .execute(tx.db())
    .await?;
    sqlx::query!("DELETE FROM approval WHERE job_id IN (SELECT value FROM json_each(?1))", json)
        .execute(tx.db())
        .await?;
    sqlx::query!("DELETE FROM serial_ticket WHERE job_id IN (SELECT value FROM json_each(?1))", json)
        .execute(tx.db())
        .await?;
    // A rerun that used one of them goes in another transaction.
    sqlx::query!("UPDATE job SET reuses = NULL WHERE reuses IN (SELECT value FROM json_each(?1))", json)
        .execute(tx.db())
        .await?;
    sqlx::query!("DELETE FROM task WHERE job_id IN (SELECT value FROM json_each(?1))", json).execute(tx.db()).await?;
    sqlx::query!("DELETE FROM job WHERE id IN (SELECT value FROM json_each(?1))", json).execute(tx.db()).await?;
    Ok(bytes)
}

/// What is left of a pipeline without jobs. Its statuses have reached the forge long since; those that never could go, too.
async fn delete_rest(tx: &mut Tx, pipeline: &str) -> Result<()> {
    sqlx::query!("DELETE FROM status_target WHERE pipeline_id = ?1", pipeline).execute(tx.db()).await?;
    sqlx::query!(
        "DELETE FROM serial_ticket WHERE workflow_id IN (SELECT id FROM workflow WHERE pipeline_id = ?1)",
        pipeline
    )
    .execute(tx.db())
    .await?;
    sqlx::query!("DELETE FROM workflow WHERE pipeline_id = ?1", pipeline).execute(tx.db()).await?;
    sqlx::query!("DELETE FROM pipeline WHERE id = ?1", pipeline).execute(tx.db()).await?;
    Ok(())
}
