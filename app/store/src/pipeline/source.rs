//! What a pipeline is compiled from.

use model::{id::PipelineId, project::Sha};
use serde_json::Value;
use sqlx::SqliteExecutor;

use super::{Pipeline, get};
use crate::{Error, Result, Topic, Tx, row};

/// Where the branch or tag of a pipeline stands, as the forge tells it, and what is there.
#[derive(Clone, Debug)]
pub struct PipelineSource<'a> {
    /// The commit.
    pub sha: &'a Sha,
    /// First line of the commit message.
    pub subject: &'a str,
    /// The rest of the commit message.
    pub body: &'a str,
    /// Name of the commit's author.
    pub author: Option<&'a str>,
    /// All pipeline values: an object.
    pub values: &'a Value,
    /// The configuration.
    pub config: &'a str,
}

/// The configuration that its workflows are made from, once it is known: as it was read from the repository, or as its setup
/// workflow made it.
pub async fn get_config_source(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Option<String>> {
    let key = id.to_string();
    sqlx::query_scalar!(
        "SELECT coalesce((SELECT configuration FROM setup WHERE pipeline_id = ?1), config_source)
         FROM pipeline WHERE id = ?1",
        key
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| Error::NotFound(format!("pipeline `{id}`")))
}

/// The configuration as it was read from the repository, of a pipeline that has a setup workflow; `None` for all others.
pub async fn get_setup_source(db: impl SqliteExecutor<'_>, id: PipelineId) -> Result<Option<String>> {
    let key = id.to_string();
    let source = sqlx::query_scalar!(
        "SELECT p.config_source FROM pipeline p JOIN setup s ON s.pipeline_id = p.id WHERE p.id = ?1",
        key
    )
    .fetch_optional(db)
    .await?;
    Ok(source.flatten())
}

/// Keeps the configuration as it was read. A later try then compiles the same text.
pub async fn set_config_source(tx: &mut Tx, id: PipelineId, source: &str) -> Result<()> {
    let key = id.to_string();
    let changed =
        sqlx::query!("UPDATE pipeline SET config_source = ?2 WHERE id = ?1", key, source).execute(tx.db()).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound(format!("pipeline `{id}`")));
    }
    Ok(())
}

/// Keeps where the branch or tag of a pending pipeline stands, and what is there. A later try then compiles the same.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_source(tx: &mut Tx, id: PipelineId, source: &PipelineSource<'_>) -> Result<Pipeline> {
    let PipelineSource { sha, subject, body, author, values, config } = source;
    let (key, sha, values) = (id.to_string(), sha.as_str(), row::to_json(values)?);
    let changed = sqlx::query!(
        r#"UPDATE pipeline SET sha = ?2, subject = ?3, body = ?4, author = ?5, "values" = ?6, config_source = ?7
           WHERE id = ?1 AND state = 'pending'"#,
        key,
        sha,
        subject,
        body,
        author,
        values,
        config
    )
    .execute(tx.db())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("pipeline `{id}` is not pending")));
    }
    tx.changed(Topic::Pipeline(id));
    get(tx.db(), id).await
}
