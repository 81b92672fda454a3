//! The settings of a project: schedules, what is built, variables and keys, its part of the queue, badges.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use model::{
    id::ProjectId,
    permission::Permission,
    project::{ProjectSlug, Vcs},
    time::Timestamp,
};
use store::{
    pause::{self, PauseScope},
    project::Project,
    queue::{self, ProjectLoad},
    ssh_key::{SshKey, Use},
    trigger_setting::{self, TriggerSettings},
};

use super::{
    WebState, address,
    error::PageError,
    part::{When, prose},
    schedule::{self, ScheduleView},
    secret::{VariableView, variable},
    why,
};
use crate::{
    dispatch::blocked,
    http::{
        auth::Visitor,
        page::{Area, Frame, Html, render},
        viewer::Viewer,
    },
    secret::Owner,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    id: ProjectId,
    slug: ProjectSlug,
    project_href: String,
    /// Where the forms go.
    action: String,
    default_branch: String,
    /// Whether somebody is there who may be allowed to change things.
    on: bool,
    schedules: Vec<ScheduleView>,
    builds: TriggerSettings,
    /// Whether the reader may see what jobs are given.
    sees_secrets: bool,
    variables: Vec<VariableView>,
    keys: Vec<KeyView>,
    load: ProjectLoad,
    /// The limit that holds for it.
    most: Option<u32>,
    paused: Option<Html>,
    badge: String,
    badge_target: String,
}

/// The public side of an SSH key.
#[derive(Clone, Debug)]
struct KeyView {
    usage: &'static str,
    place: String,
    sha256: String,
    md5: String,
    public_key: String,
    added: When,
}

/// `GET /settings/project/{vcs}/{project}`.
pub async fn page(
    State(state): State<WebState>,
    Path((vcs, path)): Path<(String, String)>,
    viewer: Viewer,
    Visitor(actor): Visitor,
) -> Result<Response, PageError> {
    let vcs: Vcs = vcs.parse().map_err(|_| PageError::nowhere())?;
    let slug = ProjectSlug::from_full_name(vcs, &path).map_err(|_| PageError::nowhere())?;
    let db = state.store.read();
    let project = store::project::find_by_slug(db, &slug)
        .await?
        .ok_or_else(|| PageError::NotFound(format!("There is no project {}.", slug.full_name())))?;
    state.auth.require(actor.as_ref(), &project, Permission::Read).await?;
    let now = state.now();
    let schedules = store::schedule::list_by_project(db, project.id).await?;
    // Names of variables tell much: the same right as through the API.
    let sees_secrets =
        viewer.may_act() && state.auth.require(actor.as_ref(), &project, Permission::Write).await.is_ok();
    let (variables, keys) = if sees_secrets { secrets(&state, &project, now).await? } else { Default::default() };
    let load = queue::find_project(db, project.id).await?;
    let pause = pause::find(db, &PauseScope::Project(project.id)).await?;
    let public_url = &state.store.options().public_url;
    let page = SettingsPage {
        frame: Frame::new(format!("Settings of {}", slug.full_name()), Area::Pipelines, viewer.clone()),
        id: project.id,
        project_href: address::project(&project.slug),
        action: format!("/actions/projects/{}", project.id),
        on: viewer.may_act(),
        schedules: schedules.iter().map(|it| schedule::view(it, now)).collect(),
        builds: trigger_setting::get(db, project.id).await?,
        sees_secrets,
        variables,
        keys,
        most: load.max_running.or(state.queue.limits().await?.project),
        load,
        paused: pause.map(|pause| prose(&why::sentence(&blocked(&pause, now)))),
        badge: format!("{public_url}/{}/{}.svg", project.slug.vcs.short(), project.slug.full_name()),
        badge_target: format!("{public_url}{}", address::project(&project.slug)),
        default_branch: project.default_branch,
        slug: project.slug,
    };
    Ok(render(StatusCode::OK, &page))
}

async fn secrets(
    state: &WebState,
    project: &Project,
    now: Timestamp,
) -> store::Result<(Vec<VariableView>, Vec<KeyView>)> {
    let db = state.store.read();
    let variables = store::project_variable::list(db, project.id).await?;
    let variables = variables.iter().map(|it| variable(&state.vault, Owner::Project(project.id, &it.name), it, now));
    let keys = store::ssh_key::list(db, project.id).await?;
    Ok((variables.collect(), keys.into_iter().map(|key| key_view(key, now)).collect()))
}

fn key_view(key: SshKey, now: Timestamp) -> KeyView {
    let SshKey { id: _, project_id: _, usage, public_key, md5, sha256, sealed: _, created_at } = key;
    let (usage, place) = match usage {
        Use::Additional { hostname } => ("for jobs", hostname.unwrap_or_else(|| "every host".to_owned())),
        Use::Checkout { address } => ("for checkout", address.unwrap_or_else(|| "the forge's address".to_owned())),
    };
    KeyView { usage, place, sha256, md5, public_key, added: When::ago(created_at, now) }
}
