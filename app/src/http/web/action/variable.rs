//! Environment variables of a project: whoever may write to it may set them, as through the API.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{id::ProjectId, permission::Permission};
use serde::Deserialize;
use store::project_variable;
use tracing::info;

use super::{
    project::{project, settings},
    refusal::Refusal,
};
use crate::{
    http::{
        auth::Actor,
        sealed::{SecretText, check_variable},
        web::WebState,
    },
    secret::Owner,
};

/// A variable to be set.
#[derive(Deserialize)]
pub(super) struct NewVariable {
    name: String,
    value: SecretText,
}

/// A variable by its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Which {
    name: String,
}

/// `POST /actions/projects/{id}/variables`: one of that name is replaced.
pub(super) async fn set(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(NewVariable { name, value: SecretText(value) }): Form<NewVariable>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let name = name.trim();
    check_variable(name, &value).map_err(Refusal::invalid)?;
    let sealed = state.vault.seal(Owner::Project(id, name), &value).map_err(|error| Refusal::internal(&error))?;
    let mut tx = state.store.begin().await?;
    project_variable::set(&mut tx, id, name, &sealed, state.now()).await?;
    tx.commit().await?;
    info!("`{}` set the variable `{name}` of {}", actor.login(), project.slug);
    Ok(settings(&project, "variables"))
}

/// `POST /actions/projects/{id}/variables/delete`.
pub(super) async fn unset(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(Which { name }): Form<Which>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let mut tx = state.store.begin().await?;
    if !project_variable::unset(&mut tx, id, &name).await? {
        return Err(Refusal::missing(&format!("variable {name}")));
    }
    tx.commit().await?;
    info!("`{}` deleted the variable `{name}` of {}", actor.login(), project.slug);
    Ok(settings(&project, "variables"))
}
