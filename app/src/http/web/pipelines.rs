//! The list of pipelines: of all projects, or of one.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use http::StatusCode;
use model::id::PipelineId;
use serde::Deserialize;
use store::{
    pipeline::{OfProjects, PipelineFilter, list, list_branches},
    project::Project,
};

use super::{
    WebState, address,
    error::PageError,
    insight::{self, Insight},
    overview::{self, Day},
    rail::{self, Rail},
};
use crate::http::{
    auth::{Actor, Visitor},
    page::{Area, Frame, render},
    viewer::Viewer,
};

/// Rows of a page.
const PAGE: u32 = 30;

/// What the list is narrowed to.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    branch: String,
    before: Option<PipelineId>,
}

#[derive(Template)]
#[template(path = "pipelines.html")]
struct PipelinesPage {
    frame: Frame,
    title: String,
    /// The project's page at its forge.
    forge: Option<(String, &'static str)>,
    action: String,
    /// Where the project's settings are.
    settings: Option<String>,
    /// Where the wish for a pipeline goes.
    run: Option<String>,
    /// Whether somebody is there who may be allowed to.
    on: bool,
    branch: String,
    branches: Vec<String>,
    /// How the default branch does, on the first page of a project.
    insights: Vec<Insight>,
    default_branch: String,
    rail: Rail,
    days: Vec<Day>,
    older: Option<String>,
    newest: bool,
    hook: String,
}

/// `GET /pipelines`.
pub async fn all(
    State(state): State<WebState>,
    Query(filter): Query<Filter>,
    viewer: Viewer,
    Visitor(actor): Visitor,
) -> Result<Response, PageError> {
    page(&state, None, filter, viewer, actor.as_ref()).await
}

/// The list of one project.
pub async fn of_project(
    state: &WebState,
    project: Project,
    filter: Filter,
    viewer: Viewer,
    actor: Option<&Actor>,
) -> Result<Response, PageError> {
    page(state, Some(project), filter, viewer, actor).await
}

async fn page(
    state: &WebState,
    project: Option<Project>,
    filter: Filter,
    viewer: Viewer,
    actor: Option<&Actor>,
) -> Result<Response, PageError> {
    let (store, now) = (&state.store, state.now());
    let branch = filter.branch.trim().to_owned();
    let id = project.as_ref().map(|project| project.id);
    let mut projects = store::project::list(store.read()).await?;
    let readable = state.auth.readable(actor, projects.iter().map(|project| project.id)).await?;
    projects.retain(|project| readable.has(project.id));
    let wanted = PipelineFilter {
        of: match (id, readable.only()) {
            (Some(id), _) => OfProjects::One(id),
            (None, Some(ids)) => OfProjects::These(ids),
            (None, None) => OfProjects::All,
        },
        branch: Some(branch.clone()).filter(|branch| !branch.is_empty()),
        before: filter.before,
    };
    let mut pipelines = list(store.read(), &wanted, PAGE + 1).await?;
    let more = pipelines.len() > PAGE as usize;
    pipelines.truncate(PAGE as usize);
    let branches = match id {
        Some(id) => list_branches(store.read(), id, 50).await?,
        None => Vec::new(),
    };
    let action = project.as_ref().map_or_else(|| "/pipelines".to_owned(), |project| address::project(&project.slug));
    let older = pipelines.last().filter(|_| more).map(|last| {
        let branch = if branch.is_empty() { String::new() } else { format!("branch={}&", address::encode(&branch)) };
        format!("{action}?{branch}before={}", last.id)
    });
    let title = project.as_ref().map_or_else(|| "Pipelines".to_owned(), |project| project.slug.full_name());
    let mut frame = Frame::new(title.clone(), Area::Pipelines, viewer);
    let newest = filter.before.is_none();
    let on = frame.viewer.may_act();
    if newest {
        frame.events = Some(id.map_or_else(|| "/events".to_owned(), |id| format!("/events?project={id}")));
    }
    let insights = match &project {
        Some(project) if newest => insight::load(store, project).await?,
        Some(_) | None => Vec::new(),
    };
    let page = PipelinesPage {
        insights,
        default_branch: project.as_ref().map(|project| project.default_branch.clone()).unwrap_or_default(),
        frame,
        title,
        forge: project.as_ref().map(|project| (project.web_url.clone(), address::forge(project.slug.vcs))),
        settings: project.as_ref().map(|project| address::settings(&project.slug)),
        run: id.map(|id| format!("/actions/projects/{id}/run")),
        on,
        action,
        branch,
        branches,
        rail: rail::load(store, &projects, id).await?,
        days: overview::load(store, &pipelines, now).await?,
        older,
        newest,
        hook: format!("{}/hooks/github", store.options().public_url),
    };
    Ok(render(StatusCode::OK, &page))
}
