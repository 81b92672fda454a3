//! A project, as actions find it, and what of it is built.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{id::ProjectId, permission::Permission};
use serde::Deserialize;
use store::{
    project::Project,
    trigger_setting::{self, TriggerSettings},
};
use tracing::info;

use super::refusal::Refusal;
use crate::http::{
    auth::Actor,
    web::{WebState, address},
};

/// What is built, as the form has it: a box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub(super) struct Builds {
    auto_cancel: Option<String>,
    only_pull_requests: Option<String>,
    build_forks: Option<String>,
}

/// The project, for somebody who has this right to it.
pub(super) async fn project(
    state: &WebState,
    actor: &Actor,
    id: ProjectId,
    need: Permission,
) -> Result<Project, Refusal> {
    let project = store::project::get(state.store.read(), id).await?;
    state.auth.require(Some(actor), &project, need).await?;
    Ok(project)
}

/// Back to a section of the project's settings.
pub(super) fn settings(project: &Project, section: &str) -> Redirect {
    Redirect::to(&format!("{}#{section}", address::settings(&project.slug)))
}

/// `POST /actions/projects/{id}/builds`.
pub(super) async fn set_builds(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(Builds { auto_cancel, only_pull_requests, build_forks }): Form<Builds>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Admin).await?;
    let wanted = TriggerSettings {
        auto_cancel: auto_cancel.is_some(),
        build_forks: build_forks.is_some(),
        only_pull_requests: only_pull_requests.is_some(),
    };
    let mut tx = state.store.begin().await?;
    trigger_setting::set(&mut tx, project.id, wanted).await?;
    tx.commit().await?;
    info!("`{}` changed what is built of {}: {wanted:?}", actor.login(), project.slug);
    Ok(settings(&project, "builds"))
}
