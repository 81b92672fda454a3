//! What becomes of a pipeline that is pending.

use model::{
    id::PipelineId,
    pipeline::PipelineState,
    plan::{Skipped, WorkflowPlan},
    time::Timestamp,
};
use serde_json::Value;

use super::{Pipeline, get, path};
use crate::{Error, Result, Topic, Tx, row, setup, status, workflow};

/// What a compiler made of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Compiled<'a> {
    /// Its workflows, in their order.
    pub workflows: &'a [WorkflowPlan],
    /// The compiler's warnings, as it serialises them.
    pub warnings: Option<&'a Value>,
}

/// A pending pipeline's configuration is a setup configuration: it waits as such.
pub async fn set_setup_pending(tx: &mut Tx, id: PipelineId) -> Result<()> {
    let (key, from, to) = (id.to_string(), PipelineState::Pending.name(), PipelineState::SetupPending.name());
    sqlx::query!("UPDATE pipeline SET state = ?3 WHERE id = ?1 AND state = ?2", key, from, to).execute(tx.db()).await?;
    tx.changed(Topic::Pipeline(id));
    Ok(())
}

/// It could not be compiled this time, and `reason` says why: it is tried again at `next_try_at`. Returns the number of
/// failed tries so far.
pub async fn defer(tx: &mut Tx, id: PipelineId, reason: &str, next_try_at: Timestamp) -> Result<u32> {
    let (key, next_try_at) = (id.to_string(), next_try_at.millis());
    let attempts = sqlx::query_scalar!(
        "UPDATE pipeline SET attempts = attempts + 1, reason = ?2, next_try_at = ?3
         WHERE id = ?1 AND state IN ('pending', 'setup-pending') RETURNING attempts",
        key,
        reason,
        next_try_at
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::Conflict(format!("pipeline `{id}` is not pending")))?;
    tx.changed(Topic::Pipeline(id));
    row::number("attempts", attempts)
}

/// Keeps which workflows it leaves out, and why.
pub async fn set_skipped(tx: &mut Tx, id: PipelineId, skipped: &[Skipped]) -> Result<()> {
    let (key, skipped) = (id.to_string(), row::to_json(skipped)?);
    let changed = sqlx::query!("UPDATE pipeline SET skipped = ?2 WHERE id = ?1", key, skipped).execute(tx.db()).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound(format!("pipeline `{id}`")));
    }
    Ok(())
}

/// It was compiled: makes its workflows with all jobs blocked, marks them due and wakes the scheduler. A workflow without
/// jobs has the status `not_run` at once.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_created(tx: &mut Tx, id: PipelineId, compiled: &Compiled<'_>, now: Timestamp) -> Result<()> {
    let Compiled { workflows, warnings } = compiled;
    let warnings = warnings.map(row::to_json).transpose()?;
    let pipeline = settle(tx, id, PipelineState::Created, None, None, warnings).await?;
    create_workflows(tx, &pipeline, workflows, now).await
}

/// Its setup configuration was compiled: like [`set_created`], and then a continuation is waited for. `defaults` are those
/// of the pipeline parameters that it declares: an object.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_setup(
    tx: &mut Tx,
    id: PipelineId,
    compiled: &Compiled<'_>,
    defaults: &Value,
    now: Timestamp,
) -> Result<()> {
    let Compiled { workflows, warnings } = compiled;
    let warnings = warnings.map(row::to_json).transpose()?;
    let pipeline = settle(tx, id, PipelineState::Setup, None, None, warnings).await?;
    setup::create(tx, id, defaults).await?;
    create_workflows(tx, &pipeline, workflows, now).await
}

/// Makes workflows behind those that are there.
async fn create_workflows(tx: &mut Tx, pipeline: &Pipeline, plans: &[WorkflowPlan], now: Timestamp) -> Result<()> {
    let key = pipeline.id.to_string();
    let first = sqlx::query_scalar!(
        r#"SELECT coalesce(max(position) + 1, 0) AS "first!: i64" FROM workflow WHERE pipeline_id = ?1"#,
        key
    )
    .fetch_one(tx.db())
    .await?;
    let first: usize = row::number("position", first)?;
    for (index, plan) in plans.iter().enumerate() {
        workflow::create(tx, pipeline, first + index, plan, now).await?;
    }
    Ok(())
}

/// There is nothing to run. `reason` is a sentence for people; `errors` are the compiler's, as it serialises them. The
/// commit gets a failed status under the context `PREFIX: config`.
///
/// # Errors
/// `Conflict` when it is not pending.
pub async fn set_errored(
    tx: &mut Tx,
    id: PipelineId,
    reason: &str,
    errors: Option<&Value>,
    now: Timestamp,
) -> Result<()> {
    let errors = errors.map(row::to_json).transpose()?;
    let pipeline = settle(tx, id, PipelineState::Errored, Some(reason), errors, None).await?;
    if pipeline.sha.is_zero() {
        // There is no commit that could show it.
        return Ok(());
    }
    let options = tx.options();
    let desired = status::Desired {
        project_id: pipeline.project_id,
        pipeline_id: id,
        sha: pipeline.sha.clone(),
        context: format!("{}: config", options.status_prefix),
        state: status::StatusState::Failure,
        description: reason.to_owned(),
        target_url: format!("{}{}", options.public_url, path(&pipeline.slug, pipeline.number)),
    };
    status::set_desired(tx, &desired, now).await
}

/// Cancels everything of it that has not ended, all attempts at all workflows; `reason` says who or what does, in a
/// sentence. A pipeline that was not compiled yet never will be: it errors with that reason. Its commit is not told of
/// that, since nothing was promised.
pub async fn cancel(tx: &mut Tx, id: PipelineId, reason: &str, now: Timestamp) -> Result<()> {
    match get(tx.db(), id).await?.state {
        PipelineState::Pending | PipelineState::SetupPending => {
            settle(tx, id, PipelineState::Errored, Some(reason), None, None).await?;
        }
        PipelineState::Setup | PipelineState::Created | PipelineState::Errored => {}
    }
    for workflow in workflow::list_by_pipeline(tx.db(), id).await? {
        workflow::cancel(tx, workflow.id, reason, now).await?;
    }
    Ok(())
}

async fn settle(
    tx: &mut Tx,
    id: PipelineId,
    state: PipelineState,
    reason: Option<&str>,
    errors: Option<String>,
    warnings: Option<String>,
) -> Result<Pipeline> {
    let (key, state) = (id.to_string(), state.name());
    let changed = sqlx::query!(
        "UPDATE pipeline SET state = ?2, reason = ?3, errors = ?4, warnings = ?5
         WHERE id = ?1 AND state IN ('pending', 'setup-pending')",
        key,
        state,
        reason,
        errors,
        warnings
    )
    .execute(tx.db())
    .await?;
    let pipeline = get(tx.db(), id).await?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict(format!("pipeline `{id}` is {} and cannot be compiled", pipeline.state.name())));
    }
    tx.changed(Topic::Pipeline(id));
    tx.changed(Topic::Project(pipeline.project_id));
    Ok(pipeline)
}
