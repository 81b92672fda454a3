//! Dynamic configuration: pipelines whose configuration is made by a setup workflow, and the right to continue them.

use model::{id::PipelineId, pipeline::PipelineState, time::Timestamp};
use serde_json::Value;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Stage, Topic, Tx, pipeline, row};

/// What is known of a pipeline's setup.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Defaults of the pipeline parameters that the setup configuration declares: an object.
    pub defaults: Value,
    /// What came of it, once it came.
    pub continuation: Option<Continuation>,
}

/// What a setup workflow made of its pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Continuation {
    /// When it came.
    pub at: Timestamp,
    /// The configuration's text.
    pub configuration: String,
    /// Pipeline parameters: an object.
    pub parameters: Value,
}

/// What is known of a pipeline's setup; `None` for a pipeline that has none.
pub async fn find(db: impl SqliteExecutor<'_>, pipeline: PipelineId) -> Result<Option<Setup>> {
    let key = pipeline.to_string();
    let found =
        sqlx::query!("SELECT defaults, continued_at, configuration, parameters FROM setup WHERE pipeline_id = ?1", key)
            .fetch_optional(db)
            .await?;
    let Some(found) = found else { return Ok(None) };
    let continuation = match (found.continued_at, found.configuration, found.parameters) {
        (Some(at), Some(configuration), Some(parameters)) => {
            Some(Continuation { at: row::time(at), configuration, parameters: row::json("parameters", &parameters)? })
        }
        _ => None,
    };
    Ok(Some(Setup { defaults: row::json("defaults", &found.defaults)?, continuation }))
}

pub(crate) async fn create(tx: &mut Tx, pipeline: PipelineId, defaults: &Value) -> Result<()> {
    let (key, defaults) = (pipeline.to_string(), row::to_json(defaults)?);
    sqlx::query!("INSERT INTO setup (pipeline_id, defaults) VALUES (?1, ?2)", key, defaults).execute(tx.db()).await?;
    Ok(())
}

/// A setup workflow has made its pipeline's configuration: the pipeline is pending again, and the compiler woken.
///
/// # Errors
/// `Conflict` when the pipeline is not in its setup.
pub async fn continue_pipeline(
    tx: &mut Tx,
    id: PipelineId,
    configuration: &str,
    parameters: &Value,
    now: Timestamp,
) -> Result<()> {
    let (key, millis, parameters) = (id.to_string(), now.millis(), row::to_json(parameters)?);
    let (setup, pending) = (PipelineState::Setup.name(), PipelineState::Pending.name());
    let changed = sqlx::query!(
        "UPDATE pipeline SET state = ?2, attempts = 0, next_try_at = ?3 WHERE id = ?1 AND state = ?4",
        key,
        pending,
        millis,
        setup
    )
    .execute(tx.db())
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict("Pipeline is not in setup state.".to_owned()));
    }
    sqlx::query!(
        "UPDATE setup SET continued_at = ?2, configuration = ?3, parameters = ?4 WHERE pipeline_id = ?1",
        key,
        millis,
        configuration,
        parameters
    )
    .execute(tx.db())
    .await?;
    // What was right to continue it opens nothing any more, and says so: the keys stay.
    let project = pipeline::get(tx.db(), id).await?.project_id;
    tx.wake(Stage::Compile);
    tx.changed(Topic::Pipeline(id));
    tx.changed(Topic::Project(project));
    Ok(())
}

/// Gives the right to continue a pipeline to who knows what this is the SHA-256 of. Giving it again does no harm.
pub async fn put_key(tx: &mut Tx, hash: &[u8; 32], pipeline: PipelineId, now: Timestamp) -> Result<()> {
    let (hash, pipeline, now) = (hash.as_slice(), pipeline.to_string(), now.millis());
    sqlx::query!(
        "INSERT INTO continuation_key (hash, pipeline_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING",
        hash,
        pipeline,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// The pipeline that a key continues.
pub async fn find_by_key(db: impl SqliteExecutor<'_>, hash: &[u8; 32]) -> Result<Option<PipelineId>> {
    let hash = hash.as_slice();
    sqlx::query_scalar!("SELECT pipeline_id FROM continuation_key WHERE hash = ?1", hash)
        .fetch_optional(db)
        .await?
        .map(|id| row::text("pipeline_id", &id))
        .transpose()
}
