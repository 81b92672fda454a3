//! Making pipelines.

use model::{
    id::{PipelineId, ProjectId},
    pipeline::PipelineState,
    project::{GitRef, Sha},
    time::Timestamp,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::Value;

use super::{Pipeline, get};
use crate::{Error, Result, Stage, Topic, Tx, delivery::DeliveryId, row};

/// A pipeline to be made.
#[derive(Clone, Debug)]
pub struct NewPipeline {
    /// Its project.
    pub project_id: ProjectId,
    /// What starts it.
    pub trigger: Trigger,
    /// What was pushed.
    pub git_ref: GitRef,
    /// The commit; [zero](Sha::zero): wherever the branch or tag stands when the compiler asks the forge.
    pub sha: Sha,
    /// First line of the commit message.
    pub subject: String,
    /// The rest of the commit message.
    pub body: String,
    /// Who did it.
    pub actor: Actor,
    /// Name of the commit's author.
    pub author: Option<String>,
    /// Pipeline parameters: an object.
    pub parameters: Value,
    /// Pipeline values: an object.
    pub values: Value,
    /// The webhook that starts it: each makes one pipeline at most.
    pub delivery_id: Option<DeliveryId>,
    /// How far it is trusted: from the forge's numeric ids, with [`Zone::of_ref`] or [`Zone::of_pull_request`].
    pub zone: Zone,
}

/// Makes a pending pipeline with the next number of its project, and wakes the compiler.
///
/// # Errors
/// `Conflict` when its delivery has made one before.
pub async fn create(tx: &mut Tx, new: &NewPipeline, now: Timestamp) -> Result<Pipeline> {
    let NewPipeline {
        project_id,
        trigger,
        git_ref,
        sha,
        subject,
        body,
        actor: Actor { id: actor_id, login: actor_login },
        author,
        parameters,
        values,
        delivery_id,
        zone,
    } = new;
    let project = project_id.to_string();
    let number = sqlx::query_scalar!(
        r#"UPDATE project SET next_pipeline_number = next_pipeline_number + 1 WHERE id = ?1
           RETURNING next_pipeline_number - 1 AS "number!: i64""#,
        project
    )
    .fetch_optional(tx.db())
    .await?
    .ok_or_else(|| Error::NotFound(format!("project `{project_id}`")))?;
    let id = PipelineId::from_uuid(row::new_id());
    let (key, state, trigger) = (id.to_string(), PipelineState::Pending.name(), trigger.name());
    let ref_kind = row::ref_kind(git_ref);
    let (ref_name, sha, now) = (git_ref.name(), sha.as_str(), now.millis());
    let (parameters, values) = (row::to_json(parameters)?, row::to_json(values)?);
    let (delivery, zone) = (delivery_id.map(|id| id.0), zone.to_string());
    let inserted = sqlx::query!(
        r#"INSERT INTO pipeline (id, project_id, number, state, trigger, ref_kind, ref_name, sha, subject, body,
                                 actor_id, actor_login, author, parameters, "values", delivery_id, zone,
                                 next_try_at, created_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18)
           ON CONFLICT (delivery_id) DO NOTHING"#,
        key,
        project,
        number,
        state,
        trigger,
        ref_kind,
        ref_name,
        sha,
        subject,
        body,
        actor_id,
        actor_login,
        author,
        parameters,
        values,
        delivery,
        zone,
        now,
    )
    .execute(tx.db())
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::Conflict("this delivery has made a pipeline before".to_owned()));
    }
    tx.wake(Stage::Compile);
    tx.changed(Topic::Pipeline(id));
    tx.changed(Topic::Project(*project_id));
    get(tx.db(), id).await
}
