//! Pipelines that somebody asks for, through the API or at the dashboard. `[skip ci]` is no matter to them.

use model::{
    id::ProjectId,
    project::GitRef,
    trigger::{Actor, Trigger},
};
use serde_json::{Map, Value};
use store::{Store, pipeline::Pipeline, project, supersede};
use tracing::info;

use super::{TriggerError, parameter, reference, start::Start, values};
use crate::clock::Clock;

/// A pipeline that somebody asks for. Whether they may is the caller's to know.
#[derive(Clone, Debug)]
pub struct ApiTrigger {
    /// The project.
    pub project: ProjectId,
    /// The branch or tag; `None`: the default branch.
    pub git_ref: Option<GitRef>,
    /// Pipeline parameters.
    pub parameters: Map<String, Value>,
    /// Who asks.
    pub actor: Actor,
}

/// Makes the pipeline, pending. Its commit and its configuration are read from the forge afterwards: that the branch does
/// not exist, or that the configuration declares no such parameter, shows in the pipeline, which is then `errored`.
///
/// # Errors
/// `NotFound` without such a project, `Refused` for a name or a parameter that cannot be.
pub async fn start(store: &Store, clock: &Clock, trigger: ApiTrigger) -> Result<Pipeline, TriggerError> {
    let ApiTrigger { project, git_ref, parameters, actor } = trigger;
    parameter::check(&parameters)?;
    let now = clock.now();
    let mut tx = store.begin().await?;
    let project = project::get(tx.db(), project).await?;
    let git_ref = git_ref.unwrap_or_else(|| GitRef::Branch(project.default_branch.clone()));
    reference::check(&git_ref)?;
    let values = values::of_api(&project, &git_ref, now);
    let parameters = Value::Object(parameters);
    let start = Start { project: &project, trigger: Trigger::Api, git_ref, actor, parameters, values };
    let pipeline = start.pipeline(&mut tx, now).await?;
    supersede::cancel_older(&mut tx, &pipeline, now).await?;
    tx.commit().await?;
    info!(
        project.slug = %project.slug,
        pipeline.id = %pipeline.id,
        "Pipeline {} of {}: {}, asked for by {}",
        pipeline.number,
        project.slug,
        pipeline.git_ref.name(),
        pipeline.actor.login,
    );
    Ok(pipeline)
}
