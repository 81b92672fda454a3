//! Dynamic configuration: a setup workflow sends the configuration that it made, and its pipeline goes on with that.

use model::{id::PipelineId, pipeline::PipelineState};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::{Store, pipeline, setup, workflow};
use tracing::info;

use super::{TriggerError, parameter};
use crate::clock::Clock;

/// How long after its creation a pipeline can be continued, in milliseconds.
const CONTINUABLE_MS: i64 = 6 * 3_600_000;

/// The largest configuration, in bytes.
const CONFIG_LIMIT_BYTES: usize = 3 * 1024 * 1024;

/// What CircleCI says of a pipeline that cannot be continued, or was.
const NOT_IN_SETUP: &str = "Pipeline is not in setup state.";

/// Goes on with the pipeline that this key stands for: the configuration is compiled, and its workflows are added. `parameters`
/// are for the pipeline parameters that it declares.
///
/// # Errors
/// `NotFound` for a key that is none; `Refused` when the pipeline cannot be continued (any more), or a parameter stands
/// against one of the trigger's.
pub async fn continue_pipeline(
    store: &Store,
    clock: &Clock,
    key: &str,
    configuration: &str,
    parameters: Map<String, Value>,
) -> Result<PipelineId, TriggerError> {
    let now = clock.now();
    let hash: [u8; 32] = Sha256::digest(key).into();
    let unknown = || TriggerError::NotFound("There is no pipeline with this continuation key.".to_owned());
    let mut tx = store.begin().await?;
    let id = setup::find_by_key(tx.db(), &hash).await?.ok_or_else(unknown)?;
    let pipeline = pipeline::get(tx.db(), id).await?;
    let Some(setup) = setup::find(tx.db(), id).await? else { return Err(TriggerError::refused(NOT_IN_SETUP)) };
    match pipeline.state {
        PipelineState::Setup => {}
        PipelineState::Pending | PipelineState::SetupPending | PipelineState::Created | PipelineState::Errored => {
            return Err(TriggerError::refused(NOT_IN_SETUP));
        }
    }
    if now.millis_since(pipeline.created_at) > CONTINUABLE_MS {
        return Err(TriggerError::refused(format!(
            "{NOT_IN_SETUP} It was created more than six hours ago: start a new one."
        )));
    }
    let workflows = workflow::list_by_pipeline(tx.db(), id).await?;
    if workflows.iter().all(|workflow| workflow.status.is_ended()) {
        return Err(TriggerError::refused(format!("{NOT_IN_SETUP} Its setup workflow has ended.")));
    }
    if configuration.len() > CONFIG_LIMIT_BYTES {
        return Err(TriggerError::refused("The configuration is larger than 3 MiB."));
    }
    parameter::check(&parameters)?;
    if conflict(&pipeline.parameters, &setup.defaults, &parameters) {
        return Err(TriggerError::refused("Conflicting pipeline parameters."));
    }
    setup::continue_pipeline(&mut tx, id, configuration, &Value::Object(parameters), now).await?;
    tx.commit().await?;
    info!(project.slug = %pipeline.slug, pipeline.id = %id, "Pipeline {} of {} goes on", pipeline.number, pipeline.slug);
    Ok(id)
}

/// Whether a parameter is given here that the trigger gave another value than the setup configuration's default.
fn conflict(triggered: &Value, defaults: &Value, given: &Map<String, Value>) -> bool {
    given.keys().any(|name| triggered.get(name).is_some_and(|value| defaults.get(name) != Some(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::conflict;

    #[test]
    fn parameters_conflict_as_documented() {
        let given = |value: serde_json::Value| value.as_object().cloned().unwrap();
        let defaults = json!({ "deep": false });
        // Nothing was given at the trigger, or the default.
        assert!(!conflict(&json!({}), &defaults, &given(json!({ "deep": true }))));
        assert!(!conflict(&json!({ "deep": false }), &defaults, &given(json!({ "deep": true }))));
        // Something else was.
        assert!(conflict(&json!({ "deep": true }), &defaults, &given(json!({ "deep": true }))));
        // It is not passed on.
        assert!(!conflict(&json!({ "deep": true }), &defaults, &given(json!({ "other": 1 }))));
    }
}
