//! Custom webhooks: other programs start pipelines of a branch or tag, with a body that the configuration can read.

use model::{
    id::ProjectId,
    project::GitRef,
    trigger::{Actor, Trigger},
};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{
    Store,
    custom_webhook::{self, CustomWebhook, NewCustomWebhook},
    pipeline::Pipeline,
    project,
};
use subtle::ConstantTimeEq;
use tracing::info;
use uuid::Uuid;

use super::{TriggerError, reference, start::Start, values};
use crate::clock::Clock;

/// The largest body: it becomes a pipeline value.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// Makes a custom webhook. Its secret is given back here and never again.
///
/// # Errors
/// `NotFound` without such a project; `Refused` for a name that is taken or none.
pub async fn create(
    store: &Store,
    clock: &Clock,
    project: ProjectId,
    name: &str,
    git_ref: Option<&GitRef>,
    created_by: &str,
) -> Result<(CustomWebhook, SecretString), TriggerError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(TriggerError::refused("the name of a custom webhook has from 1 to 200 characters"));
    }
    git_ref.map(reference::check).transpose()?;
    let secret = format!("rhw_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let mut tx = store.begin().await?;
    let project = project::get(tx.db(), project).await?;
    let secret_hash = &hash(&secret);
    let new = NewCustomWebhook { project_id: project.id, name, secret_hash, git_ref, created_by };
    let webhook = custom_webhook::create(&mut tx, &new, clock.now()).await?;
    tx.commit().await?;
    Ok((webhook, secret.into()))
}

/// Removes a custom webhook.
///
/// # Errors
/// `NotFound`.
pub async fn delete(store: &Store, id: Uuid) -> Result<(), TriggerError> {
    let mut tx = store.begin().await?;
    custom_webhook::delete(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether a secret is the one of a custom webhook.
///
/// # Errors
/// `NotFound` when it is not, or when there is no such webhook: nobody can tell which.
pub async fn authenticate(store: &Store, id: Uuid, secret: &str) -> Result<CustomWebhook, TriggerError> {
    let webhook = custom_webhook::find(store.read(), id).await?;
    let given = hash(secret);
    // Compared also where there is none, so that the time tells nothing.
    let expected = webhook.as_ref().map_or_else(|| vec![0; 32], |webhook| webhook.secret_hash.clone());
    let right = bool::from(given.ct_eq(expected.as_slice()));
    webhook
        .filter(|_| right)
        .ok_or_else(|| TriggerError::NotFound("there is no custom webhook with this id and secret".to_owned()))
}

/// Starts the pipeline of a custom webhook that was called with this body.
///
/// # Errors
/// The rows could not be written.
pub async fn start(
    store: &Store,
    clock: &Clock,
    webhook: &CustomWebhook,
    body: &str,
) -> Result<Pipeline, TriggerError> {
    let now = clock.now();
    let mut tx = store.begin().await?;
    let project = project::get(tx.db(), webhook.project_id).await?;
    let git_ref = webhook.git_ref.clone().unwrap_or_else(|| GitRef::Branch(project.default_branch.clone()));
    let start = Start {
        project: &project,
        trigger: Trigger::Webhook,
        actor: Actor { id: None, login: webhook.name.clone() },
        parameters: json!({}),
        values: values::of_webhook(&project, &git_ref, webhook, body, now),
        git_ref,
    };
    let pipeline = start.pipeline(&mut tx, now).await?;
    custom_webhook::used(&mut tx, webhook.id, now).await?;
    tx.commit().await?;
    info!(
        project.slug = %project.slug,
        pipeline.id = %pipeline.id,
        "Pipeline {} of {}: {}, by custom webhook `{}`",
        pipeline.number,
        project.slug,
        pipeline.git_ref.name(),
        webhook.name,
    );
    Ok(pipeline)
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}
