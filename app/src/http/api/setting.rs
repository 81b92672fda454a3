//! Settings of a project.

use axum::{Json, extract::State};
use serde::Deserialize;
use store::{
    project::Project,
    trigger_setting::{self, TriggerSettings},
};

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::SettingsBody,
    error::{ApiError, Result},
};

/// What is changed. Clients send all keys back: those that cannot be changed here must be what they are.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    advanced: Advanced,
}

#[derive(Debug, Default, Deserialize)]
struct Advanced {
    autocancel_builds: Option<bool>,
    build_fork_prs: Option<bool>,
    build_prs_only: Option<bool>,
    forks_receive_secret_env_vars: Option<bool>,
}

/// `GET /project/{slug}/settings`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
) -> Result<Json<SettingsBody>> {
    let settings = trigger_setting::get(state.store.read(), project.id).await?;
    Ok(Json(SettingsBody::new(settings, &project.default_branch)))
}

/// `PATCH /project/{slug}/settings`.
pub(super) async fn change(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Body(Change { advanced }): Body<Change>,
) -> Result<Json<SettingsBody>> {
    let Advanced { autocancel_builds, build_fork_prs, build_prs_only, forks_receive_secret_env_vars } = advanced;
    if forks_receive_secret_env_vars == Some(true) {
        return Err(ApiError::refused("forks never receive secrets here: anybody can make one"));
    }
    let mut tx = state.store.begin().await?;
    let TriggerSettings { auto_cancel, build_forks, only_pull_requests } =
        trigger_setting::get(tx.db(), project.id).await?;
    let settings = TriggerSettings {
        auto_cancel: autocancel_builds.unwrap_or(auto_cancel),
        build_forks: build_fork_prs.unwrap_or(build_forks),
        only_pull_requests: build_prs_only.unwrap_or(only_pull_requests),
    };
    trigger_setting::set(&mut tx, project.id, settings).await?;
    tx.commit().await?;
    Ok(Json(SettingsBody::new(settings, &project.default_branch)))
}
