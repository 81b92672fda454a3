//! Which address leads to which page.

use axum::{
    Router,
    extract::{Path, Query, State},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::HeaderMap;
use model::{id::WorkflowId, permission::Permission, project::ProjectSlug};
use tower_http::compression::CompressionLayer;

use super::{
    WebState, action,
    address::{self, Address},
    artifacts, badge, contexts, deliveries,
    error::{PageError, explain},
    go, job, live, parameters, pipeline, pipelines, project_settings, queue, results, runners, setup,
};
use crate::http::{
    assets,
    auth::{self, Actor, Visitor},
    named::{self, Named},
    page,
    viewer::Viewer,
};

/// The dashboard's routes, with an answer for every address that no other route has.
pub fn router(state: WebState) -> Router {
    let pages = Router::new()
        .route("/", get(pipelines::all))
        .route("/pipelines", get(pipelines::all))
        .route("/pipelines/{*path}", get(below_pipelines))
        .route("/queue", get(queue::page))
        .route("/runners", get(runners::page))
        .route("/contexts", get(contexts::list))
        .route("/contexts/{id}", get(contexts::page))
        .route("/deliveries", get(deliveries::page))
        .route("/setup", get(setup::page))
        .route("/settings/project/{vcs}/{*path}", get(project_settings::page))
        .route("/go", get(go::go))
        .route("/workflows/{id}", get(workflow))
        .route("/events", get(live::events))
        .route("/gh/{*path}", get(badge::github))
        .route("/gl/{*path}", get(badge::gitlab))
        .merge(action::router())
        .fallback(|| async { PageError::nowhere() })
        .layer(from_fn_with_state(state.auth.clone(), auth::gate))
        .with_state(state.clone())
        .merge(auth::router(state.auth))
        .layer(from_fn(explain))
        .layer(map_response(page::secure));
    // Streams of events are left as they are: the layer knows their type.
    Router::new().route("/assets/{hash}/{name}", get(assets::get)).merge(pages).layer(CompressionLayer::new())
}

/// `GET /workflows/{id}`: its pipeline's page has it.
async fn workflow(
    State(state): State<WebState>,
    Path(id): Path<WorkflowId>,
    Visitor(actor): Visitor,
) -> Result<Redirect, PageError> {
    let Named { row: _, pipeline, project } = named::workflow(&state.store, id).await?;
    state.auth.require(actor.as_ref(), &project, Permission::Read).await?;
    Ok(Redirect::to(&format!("{}#wf-{id}", address::pipeline(&pipeline.slug, pipeline.number))))
}

/// Lets those in who may read the project of an address.
async fn admit(state: &WebState, actor: Option<&Actor>, address: &Address) -> Result<(), PageError> {
    let (db, slug) = (state.store.read(), address.slug());
    let mut project = store::project::find_by_slug(db, slug).await?;
    // The number of a pipeline may be the name of a repository in a group.
    if let (None, Address::Pipeline(slug, number)) = (&project, address) {
        let named = ProjectSlug { vcs: slug.vcs, org: slug.full_name(), repo: number.to_string() };
        project = store::project::find_by_slug(db, &named).await?;
    }
    match project {
        Some(project) => Ok(state.auth.require(actor, &project, Permission::Read).await?),
        None => Ok(()),
    }
}

/// Every page of a project: a GitLab project lies as deep as its groups, which no fixed route can say.
async fn below_pipelines(
    State(state): State<WebState>,
    Path(path): Path<String>,
    Query(filter): Query<pipelines::Filter>,
    Query(view): Query<job::View>,
    headers: HeaderMap,
    viewer: Viewer,
    Visitor(actor): Visitor,
) -> Result<Response, PageError> {
    let store = &state.store;
    let address = Address::parse(&path).ok_or_else(PageError::nowhere)?;
    if state.auth.rules().login_to_read {
        admit(&state, actor.as_ref(), &address).await?;
    }
    let missing = |slug: &ProjectSlug, number: u64| {
        PageError::NotFound(format!("The project {} has no pipeline {number}.", slug.full_name()))
    };
    match address {
        Address::Project(slug) => match store::project::find_by_slug(store.read(), &slug).await? {
            Some(project) => pipelines::of_project(&state, project, filter, viewer, actor.as_ref()).await,
            None => Err(PageError::NotFound(format!(
                "No webhook of {} has come from {} yet.",
                slug.full_name(),
                address::forge(slug.vcs)
            ))),
        },
        Address::Pipeline(slug, number) => match pipeline::find(store, &slug, number).await? {
            Some((project, pipeline)) => pipeline::page(&state, project, pipeline, viewer).await,
            None => {
                // The number may be the name of a repository in a group.
                let named = ProjectSlug { vcs: slug.vcs, org: slug.full_name(), repo: number.to_string() };
                match store::project::find_by_slug(store.read(), &named).await? {
                    Some(project) => pipelines::of_project(&state, project, filter, viewer, actor.as_ref()).await,
                    None => Err(missing(&slug, number)),
                }
            }
        },
        Address::Config(slug, number) => match pipeline::find(store, &slug, number).await? {
            Some((project, pipeline)) => pipeline::config(&state, project, pipeline, viewer).await,
            None => Err(missing(&slug, number)),
        },
        Address::Parameters(slug, number) => match pipeline::find(store, &slug, number).await? {
            Some((project, pipeline)) => parameters::page(&state, project, pipeline, viewer).await,
            None => Err(missing(&slug, number)),
        },
        Address::Workflow(slug, number, id) => {
            Ok(Redirect::to(&format!("{}#wf-{id}", address::pipeline(&slug, number))).into_response())
        }
        Address::Job(slug, number, _, job) => {
            let (project, pipeline) =
                pipeline::find(store, &slug, number).await?.ok_or_else(|| missing(&slug, number))?;
            let loaded = job::load(&state, project, pipeline, job).await?;
            job::page(&state, &loaded, &view, job::is_live(&headers), viewer, actor.as_ref()).await
        }
        Address::Tests(slug, number, _, job) => {
            let (project, pipeline) =
                pipeline::find(store, &slug, number).await?.ok_or_else(|| missing(&slug, number))?;
            let loaded = job::load(&state, project, pipeline, job).await?;
            results::page(&state, &loaded, viewer).await
        }
        Address::Artifacts(slug, number, _, job) => {
            let (project, pipeline) =
                pipeline::find(store, &slug, number).await?.ok_or_else(|| missing(&slug, number))?;
            let loaded = job::load(&state, project, pipeline, job).await?;
            artifacts::page(&state, &loaded, viewer).await
        }
        Address::Artifact(slug, number, _, job, node, file) => {
            let (project, pipeline) =
                pipeline::find(store, &slug, number).await?.ok_or_else(|| missing(&slug, number))?;
            let loaded = job::load(&state, project, pipeline, job).await?;
            artifacts::file(&state, &loaded, node, &file).await
        }
        Address::Log(slug, number, _, job, step) => {
            let (project, pipeline) =
                pipeline::find(store, &slug, number).await?.ok_or_else(|| missing(&slug, number))?;
            let loaded = job::load(&state, project, pipeline, job).await?;
            job::raw(&state, &loaded, view.run, step).await
        }
    }
}
