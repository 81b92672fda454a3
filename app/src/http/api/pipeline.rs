//! Pipelines: lists of them, one, and starting or canceling one.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use http::StatusCode;
use model::{
    id::{PipelineId, ProjectId},
    permission::Permission,
    pipeline::PipelineState,
    project::{GitRef, Vcs},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::{
    pipeline::{self, Expanded, OfProjects, Pipeline, PipelineFilter},
    project::Project,
};

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::{PipelineBody, TriggeredBody},
    error::{ApiError, Result},
    page::{LENGTH, Page, Wanted, cut},
};
use crate::{
    compile,
    http::auth::{Actor, Visitor},
    trigger::api::{self, ApiTrigger},
};

/// How many pages of pipelines are read at most to fill one with those that the caller may see.
const MOST_READS: usize = 10;

/// Which pipelines are wanted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    branch: Option<String>,
    #[serde(default, rename = "org-slug")]
    org_slug: Option<String>,
    #[serde(default)]
    mine: Option<bool>,
}

/// `GET /pipeline`: of all projects that the caller may see.
pub(super) async fn list_all(
    State(state): State<ApiState>,
    Visitor(actor): Visitor,
    Query(Filter { branch: _, org_slug, mine }): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<PipelineBody>>> {
    let organization = org_slug.filter(|slug| !slug.is_empty()).map(|slug| organization(&slug)).transpose()?;
    let mut known: HashMap<ProjectId, Option<Project>> = HashMap::new();
    let mut before: Option<PipelineId> = wanted.after()?;
    let mut found = Vec::new();
    for _ in 0..MOST_READS {
        let filter = PipelineFilter { before, ..PipelineFilter::default() };
        let pipelines = pipeline::list(state.store.read(), &filter, LENGTH + 1).await?;
        let is_last = pipelines.len() <= LENGTH as usize;
        for pipeline in pipelines {
            before = Some(pipeline.id);
            let project = match known.get(&pipeline.project_id) {
                Some(known) => known.clone(),
                None => {
                    let project = store::project::get(state.store.read(), pipeline.project_id).await?;
                    let seen = state.auth.require(actor.as_ref(), &project, Permission::Read).await.is_ok();
                    known.insert(pipeline.project_id, seen.then(|| project.clone()));
                    seen.then_some(project)
                }
            };
            let Some(project) = project else { continue };
            let of_organization = organization
                .as_ref()
                .is_none_or(|(vcs, org)| project.slug.vcs == *vcs && project.slug.org.eq_ignore_ascii_case(org));
            if of_organization && (mine != Some(true) || is_mine(&pipeline, actor.as_ref())) {
                found.push((pipeline, project));
            }
            if found.len() > LENGTH as usize {
                break;
            }
        }
        if is_last || found.len() > LENGTH as usize {
            before = None;
            break;
        }
    }
    // What the last read ended with, when the page is not full and there is more to read.
    let next = cut(&mut found, |(pipeline, _)| pipeline.id.to_string()).or_else(|| before.map(|id| id.to_string()));
    Ok(Page::with_next(found.iter().map(|(pipeline, project)| PipelineBody::new(pipeline, project)).collect(), next))
}

/// `gh/acme`, `github/acme`.
pub(super) fn organization(slug: &str) -> Result<(Vcs, String)> {
    let parts = slug.split_once('/').and_then(|(vcs, org)| Some((vcs.parse().ok()?, org.to_owned())));
    parts.ok_or_else(|| ApiError::refused(format!("`{slug}` is no organization: write it as gh/acme")))
}

fn is_mine(pipeline: &Pipeline, actor: Option<&Actor>) -> bool {
    actor.is_some_and(|actor| pipeline.actor == actor.person())
}

/// `GET /project/{slug}/pipeline`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Query(Filter { branch, org_slug: _, mine: _ }): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<PipelineBody>>> {
    let filter = PipelineFilter { of: OfProjects::One(project.id), branch, before: wanted.after()? };
    let mut pipelines = pipeline::list(state.store.read(), &filter, LENGTH + 1).await?;
    let next = cut(&mut pipelines, |pipeline| pipeline.id.to_string());
    Ok(Page::with_next(pipelines.iter().map(|pipeline| PipelineBody::new(pipeline, &project)).collect(), next))
}

/// `GET /project/{slug}/pipeline/mine`: of the last ones, those that the caller started.
pub(super) async fn list_mine(
    State(state): State<ApiState>,
    Visitor(actor): Visitor,
    Loaded(project): Loaded<Project>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<PipelineBody>>> {
    let filter = PipelineFilter { of: OfProjects::One(project.id), branch: None, before: wanted.after()? };
    let mut pipelines = pipeline::list(state.store.read(), &filter, LENGTH + 1).await?;
    let next = cut(&mut pipelines, |pipeline| pipeline.id.to_string());
    pipelines.retain(|pipeline| is_mine(pipeline, actor.as_ref()));
    Ok(Page::with_next(pipelines.iter().map(|pipeline| PipelineBody::new(pipeline, &project)).collect(), next))
}

/// `GET /pipeline/{pipeline}`.
pub(super) async fn show(Loaded(pipeline): Loaded<Pipeline>, Loaded(project): Loaded<Project>) -> Json<PipelineBody> {
    Json(PipelineBody::new(&pipeline, &project))
}

/// `GET /project/{slug}/pipeline/{number}`.
pub(super) async fn show_by_number(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Path((_, number)): Path<(String, String)>,
) -> Result<Json<PipelineBody>> {
    let missing = || ApiError::missing(format_args!("pipeline {number} of `{}`", project.slug));
    let wanted = number.parse().map_err(|_| missing())?;
    let pipeline = pipeline::find_by_number(state.store.read(), project.id, wanted).await?.ok_or_else(missing)?;
    Ok(Json(PipelineBody::new(&pipeline, &project)))
}

/// `GET /pipeline/{pipeline}/config`: the configuration as it was read, and as it was expanded; empty as long as there is
/// none, and where it has errors. Of a pipeline with a setup workflow both, and these are what came of the setup.
pub(super) async fn config(State(state): State<ApiState>, Loaded(pipeline): Loaded<Pipeline>) -> Result<Json<Value>> {
    let db = state.store.read();
    let source = pipeline::get_config_source(db, pipeline.id).await?.unwrap_or_default();
    let setup_source = pipeline::get_setup_source(db, pipeline.id).await?;
    let Expanded { last, setup } = pipeline::get_expanded(db, pipeline.id).await?;
    let compiled = if pipeline.state == PipelineState::Setup { setup.clone() } else { last };
    let mut body = json!({ "source": source, "compiled": compiled.unwrap_or_default() });
    if let Some(source) = setup_source {
        body["setup-config"] = source.into();
        body["compiled-setup-config"] = setup.unwrap_or_default().into();
    }
    Ok(Json(body))
}

/// `GET /pipeline/{pipeline}/values`.
pub(super) async fn values(Loaded(pipeline): Loaded<Pipeline>) -> Json<Map<String, Value>> {
    Json(compile::values(&pipeline))
}

/// `POST /pipeline/{pipeline}/cancel`.
pub(super) async fn cancel(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(pipeline): Loaded<Pipeline>,
) -> Result<(StatusCode, Json<Value>)> {
    let mut tx = state.store.begin().await?;
    pipeline::cancel(&mut tx, pipeline.id, &canceled(&actor, "the pipeline"), state.now()).await?;
    tx.commit().await?;
    Ok(accepted())
}

/// Why something was canceled, when a person did it: in the words of the pages.
pub(super) fn canceled(actor: &Actor, what: &str) -> String {
    format!("{} canceled {what}", actor.login())
}

/// What everything is answered with that is done, or will be.
pub(super) fn accepted() -> (StatusCode, Json<Value>) {
    (StatusCode::ACCEPTED, Json(json!({ "message": "Accepted." })))
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Order {
    #[serde(default)]
    branch: Option<String>,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

/// `POST /project/{slug}/pipeline`.
pub(super) async fn trigger(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(project): Loaded<Project>,
    Body(order): Body<Order>,
) -> Result<(StatusCode, Json<TriggeredBody>)> {
    let Order { branch, tag, parameters } = order;
    start(&state, &actor, &project, (branch, tag), parameters).await
}

/// The newer form of the same.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Run {
    #[serde(default)]
    config: Reference,
    #[serde(default)]
    checkout: Reference,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Reference {
    #[serde(default)]
    branch: Option<String>,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    content: Option<String>,
}

/// `POST /project/{slug}/pipeline/run`.
pub(super) async fn run(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(project): Loaded<Project>,
    Body(Run { config, checkout, parameters }): Body<Run>,
) -> Result<(StatusCode, Json<TriggeredBody>)> {
    if config.content.as_ref().is_some_and(|content| !content.is_empty()) {
        return Err(ApiError::refused(
            "a configuration cannot be sent along (`config.content`): commit it; `roundhouse run` tries one out without",
        ));
    }
    let Reference { branch, tag, content: _ } = config;
    let code = (checkout.branch, checkout.tag);
    if code != (None, None) && code != (branch.clone(), tag.clone()) {
        return Err(ApiError::refused(
            "`config` and `checkout` name different commits: here a pipeline is of one, with the configuration that is in it",
        ));
    }
    start(&state, &actor, &project, (branch, tag), parameters).await
}

async fn start(
    state: &ApiState,
    actor: &Actor,
    project: &Project,
    names: (Option<String>, Option<String>),
    parameters: Option<Map<String, Value>>,
) -> Result<(StatusCode, Json<TriggeredBody>)> {
    let present = |name: Option<String>| name.filter(|name| !name.is_empty());
    let git_ref = match (present(names.0), present(names.1)) {
        (Some(_), Some(_)) => return Err(ApiError::refused("give `branch` or `tag`, not both")),
        (Some(branch), None) => Some(GitRef::Branch(branch)),
        (None, Some(tag)) => Some(GitRef::Tag(tag)),
        (None, None) => None,
    };
    let trigger =
        ApiTrigger { project: project.id, git_ref, parameters: parameters.unwrap_or_default(), actor: actor.person() };
    let pipeline = api::start(&state.store, &state.clock, trigger).await?;
    Ok((StatusCode::CREATED, Json(TriggeredBody::new(&pipeline))))
}
