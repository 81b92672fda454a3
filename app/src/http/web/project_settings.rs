//! The settings of a project: schedules, what is built, variables and keys, badges.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use model::{
    project::{GitRef, ProjectSlug, Vcs},
    time::Timestamp,
};
use store::{
    schedule::{Origin, Schedule},
    trigger_setting::{self, TriggerSettings},
};

use super::{WebState, address, error::PageError, part::Person};
use crate::{
    http::{
        format,
        page::{Area, Frame, render},
        viewer::Viewer,
    },
    trigger::schedule,
};

/// So many of a schedule's next times are shown.
const NEXT_TIMES: usize = 5;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    slug: ProjectSlug,
    project_href: String,
    /// Where the forms go.
    action: String,
    default_branch: String,
    /// Whether somebody is there who may be allowed to change things.
    on: bool,
    schedules: Vec<ScheduleView>,
    builds: TriggerSettings,
    badge: String,
    badge_target: String,
}

/// A schedule with its next times.
#[derive(Clone, Debug)]
struct ScheduleView {
    id: String,
    name: String,
    /// It is in the configuration of a branch, and changed there.
    of_config: bool,
    cron: String,
    reference: String,
    parameters: Option<String>,
    next: Option<Next>,
    later: Vec<String>,
    note: Option<String>,
    actor: Option<Person>,
}

/// The next time.
#[derive(Clone, Debug)]
struct Next {
    at: String,
    within: String,
}

/// `GET /settings/project/{vcs}/{project}`.
pub async fn page(
    State(state): State<WebState>,
    Path((vcs, path)): Path<(String, String)>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let vcs: Vcs = vcs.parse().map_err(|_| PageError::nowhere())?;
    let slug = ProjectSlug::from_full_name(vcs, &path).map_err(|_| PageError::nowhere())?;
    let db = state.store.read();
    let project = store::project::find_by_slug(db, &slug)
        .await?
        .ok_or_else(|| PageError::NotFound(format!("There is no project {}.", slug.full_name())))?;
    let now = state.now();
    let schedules = store::schedule::list_by_project(db, project.id).await?;
    let public_url = &state.store.options().public_url;
    let page = SettingsPage {
        frame: Frame::new(format!("Settings of {}", slug.full_name()), Area::Pipelines, viewer.clone()),
        project_href: address::project(&project.slug),
        action: format!("/actions/projects/{}", project.id),
        on: viewer.may_act(),
        schedules: schedules.iter().map(|schedule| view(schedule, now)).collect(),
        builds: trigger_setting::get(db, project.id).await?,
        badge: format!("{public_url}/{}/{}.svg", project.slug.vcs.short(), project.slug.full_name()),
        badge_target: format!("{public_url}{}", address::project(&project.slug)),
        default_branch: project.default_branch,
        slug: project.slug,
    };
    Ok(render(StatusCode::OK, &page))
}

fn view(schedule: &Schedule, now: Timestamp) -> ScheduleView {
    let mut times = schedule::next_times(schedule, NEXT_TIMES).into_iter();
    let parameters = schedule.parameters.as_object().filter(|parameters| !parameters.is_empty());
    ScheduleView {
        id: schedule.id.to_string(),
        name: schedule.name.clone(),
        of_config: schedule.origin == Origin::Config,
        cron: schedule.cron.clone(),
        reference: match &schedule.git_ref {
            GitRef::Branch(name) => format!("on {name}"),
            GitRef::Tag(name) => format!("on the tag {name}"),
        },
        parameters: parameters.map(|parameters| {
            parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        }),
        next: times
            .next()
            .map(|at| Next { at: format::moment(at), within: format::duration(at.millis_since(now).max(0)) }),
        later: times.map(format::moment).collect(),
        note: schedule.note.clone(),
        actor: Person::new(&schedule.actor, None),
    }
}
