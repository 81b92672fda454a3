//! SSH keys of a project. They open other doors than the project's own, so they take an administrator of it.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{id::ProjectId, permission::Permission};
use serde::Deserialize;
use store::ssh_key::{self, SshKey, Use};
use tracing::info;

use super::{
    project::{project, settings},
    refusal::Refusal,
};
use crate::{
    http::{auth::Actor, sealed::SecretText, web::WebState},
    secret::{Owner, SshIdentity, check_hostname},
    vcs,
};

/// A key to be added.
#[derive(Deserialize)]
pub(super) struct NewKey {
    usage: Usage,
    /// The host that it is for, or where git clones from.
    #[serde(default)]
    place: String,
    key: SecretText,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Usage {
    Additional,
    Checkout,
}

/// A key by its fingerprint.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Which {
    fingerprint: String,
}

/// `POST /actions/projects/{id}/ssh-keys`.
pub(super) async fn add(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(NewKey { usage, place, key: SecretText(key) }): Form<NewKey>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Admin).await?;
    let place = Some(place.trim().to_owned()).filter(|place| !place.is_empty());
    let usage = match usage {
        Usage::Additional => {
            if let Some(hostname) = &place {
                check_hostname(hostname).map_err(Refusal::invalid)?;
            }
            Use::Additional { hostname: place }
        }
        Usage::Checkout => {
            if let Some(address) = &place
                && vcs::host_of(address).is_none()
            {
                return Err(Refusal::invalid(format!(
                    "`{address}` is no address for SSH: write it as `ssh://git@HOST:PORT/PATH` or `git@HOST:PATH`"
                )));
            }
            Use::Checkout { address: place }
        }
    };
    let (SshIdentity { public_key, md5, sha256 }, text) =
        SshIdentity::take(&key).map_err(|error| Refusal::invalid(error.to_string()))?;
    let row = ssh_key::new_id();
    let sealed = state.vault.seal(Owner::SshKey(row), &text).map_err(|error| Refusal::internal(&error))?;
    let created_at = state.now();
    let key = SshKey { id: row, project_id: id, usage, public_key, md5, sha256, sealed, created_at };
    let mut tx = state.store.begin().await?;
    ssh_key::create(&mut tx, &key).await?;
    tx.commit().await?;
    info!("`{}` added the SSH key {} to {}", actor.login(), key.sha256, project.slug);
    Ok(settings(&project, "ssh-keys"))
}

/// `POST /actions/projects/{id}/ssh-keys/delete`.
pub(super) async fn remove(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(Which { fingerprint }): Form<Which>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Admin).await?;
    let mut tx = state.store.begin().await?;
    if ssh_key::delete(&mut tx, id, &fingerprint).await? == 0 {
        return Err(Refusal::missing("SSH key"));
    }
    tx.commit().await?;
    info!("`{}` removed the SSH key {fingerprint} from {}", actor.login(), project.slug);
    Ok(settings(&project, "ssh-keys"))
}
