//! Reading pipelines.

use model::{
    id::{PipelineId, ProjectId},
    plan::Skipped,
    project::{GitRef, Sha},
    time::Timestamp,
};
use sqlx::SqliteExecutor;

use super::row::{Pipeline, PipelineRow, select};
use crate::{Error, Result, delivery::DeliveryId, row};

/// The pipeline.
pub async fn get(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Pipeline> {
    let key = id.to_string();
    select!("WHERE p.id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("pipeline `{id}`")))?
        .try_into()
}

/// The pipeline with this number in its project.
pub async fn find_by_number(db: impl SqliteExecutor<'_>, project: ProjectId, number: u64) -> Result<Option<Pipeline>> {
    let (project, number) = (project.to_string(), row::integer(number));
    select!("WHERE p.project_id = ?1 AND p.number = ?2", project, number)
        .fetch_optional(db)
        .await?
        .map(Pipeline::try_from)
        .transpose()
}

/// The pipeline that a webhook made, if it made one.
pub async fn find_by_delivery(db: impl SqliteExecutor<'_>, delivery: DeliveryId) -> Result<Option<Pipeline>> {
    select!("WHERE p.delivery_id = ?1", delivery.0).fetch_optional(db).await?.map(Pipeline::try_from).transpose()
}

/// The pipeline that waits longest to be compiled and may be tried now.
pub async fn next_pending(db: impl SqliteExecutor<'_>, now: Timestamp) -> Result<Option<Pipeline>> {
    let now = now.millis();
    select!(
        "WHERE p.state IN ('pending', 'setup-pending') AND p.next_try_at <= ?1 ORDER BY p.next_try_at, p.id LIMIT 1",
        now
    )
    .fetch_optional(db)
    .await?
    .map(Pipeline::try_from)
    .transpose()
}

/// When the next pipeline may be compiled; `None` when none waits.
pub async fn next_pending_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(
        r#"SELECT min(next_try_at) AS "at?: i64" FROM pipeline WHERE state IN ('pending', 'setup-pending')"#
    )
    .fetch_one(db)
    .await?;
    Ok(at.map(row::time))
}

/// Whether a commit has had a pipeline under a branch's or tag's name.
pub async fn exists(db: impl SqliteExecutor<'_>, project: ProjectId, git_ref: &GitRef, sha: &Sha) -> Result<bool> {
    let (project, kind, name, sha) = (project.to_string(), row::ref_kind(git_ref), git_ref.name(), sha.as_str());
    let found = sqlx::query_scalar!(
        "SELECT number FROM pipeline WHERE project_id = ?1 AND ref_name = ?2 AND ref_kind = ?3 AND sha = ?4 LIMIT 1",
        project,
        name,
        kind,
        sha
    )
    .fetch_optional(db)
    .await?;
    Ok(found.is_some())
}

/// Whether its branch was pushed again after it.
pub async fn has_newer_push(db: impl SqliteExecutor<'_>, pipeline: &Pipeline) -> Result<bool> {
    let (project, name, number) =
        (pipeline.project_id.to_string(), pipeline.git_ref.name(), row::integer(pipeline.number));
    let newer = sqlx::query_scalar!(
        "SELECT number FROM pipeline
         WHERE project_id = ?1 AND ref_name = ?2 AND ref_kind = 'branch' AND number > ?3 AND delivery_id IS NOT NULL
         LIMIT 1",
        project,
        name,
        number
    )
    .fetch_optional(db)
    .await?;
    Ok(newer.is_some())
}

/// The workflows that it leaves out, and why. None for most pipelines.
pub async fn list_skipped(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Vec<Skipped>> {
    let key = id.to_string();
    let skipped = sqlx::query_scalar!("SELECT skipped FROM pipeline WHERE id = ?1", key)
        .fetch_optional(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("pipeline `{id}`")))?;
    row::json("skipped", &skipped)
}
