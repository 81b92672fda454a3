//! Blocking new work: of everything, of a project, or of a runner. What runs goes on; what comes in waits.

use axum::{Json, extract::State};
use model::permission::Permission;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    pause::{self, PauseScope},
    project::Project,
};

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::PauseBody,
    error::{ApiError, Result},
    page::Page,
};
use crate::http::auth::{Actor, Visitor};

/// Why, and whom.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Order {
    #[serde(default)]
    reason: String,
    /// The runner with this name; without, everything.
    #[serde(default)]
    runner: Option<String>,
}

impl Order {
    fn scope(&self) -> PauseScope {
        self.runner.clone().map_or(PauseScope::All, PauseScope::Runner)
    }
}

/// `GET /pause`: those that are in force.
pub(super) async fn list(State(state): State<ApiState>, Visitor(actor): Visitor) -> Result<Json<Page<PauseBody>>> {
    let mut seen = Vec::new();
    for pause in pause::list(state.store.read()).await? {
        let project = match &pause.scope {
            PauseScope::Project(id) => Some(store::project::get(state.store.read(), *id).await?),
            PauseScope::All | PauseScope::Runner(_) => None,
        };
        let hidden = match &project {
            Some(project) => state.auth.require(actor.as_ref(), project, Permission::Read).await.is_err(),
            None => false,
        };
        if !hidden {
            seen.push(PauseBody::new(pause, project.as_ref().map(|project| &project.slug)));
        }
    }
    Ok(Page::whole(seen))
}

/// `POST /pause`.
pub(super) async fn pause(
    State(state): State<ApiState>,
    actor: Actor,
    Body(order): Body<Order>,
) -> Result<Json<Value>> {
    begin(&state, &actor, &order.scope(), &order.reason).await
}

/// `POST /resume`.
pub(super) async fn resume(State(state): State<ApiState>, Body(order): Body<Order>) -> Result<Json<Value>> {
    end(&state, &order.scope()).await
}

/// `POST /project/{slug}/pause`.
pub(super) async fn pause_project(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(project): Loaded<Project>,
    Body(order): Body<Order>,
) -> Result<Json<Value>> {
    begin(&state, &actor, &PauseScope::Project(project.id), &order.reason).await
}

/// `POST /project/{slug}/resume`.
pub(super) async fn resume_project(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
) -> Result<Json<Value>> {
    end(&state, &PauseScope::Project(project.id)).await
}

async fn begin(state: &ApiState, actor: &Actor, scope: &PauseScope, reason: &str) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    pause::begin(&mut tx, scope, actor.login(), reason.trim(), state.now()).await?;
    tx.commit().await?;
    Ok(Json(json!({ "message": "Paused: runners get nothing new of it. What runs goes on." })))
}

async fn end(state: &ApiState, scope: &PauseScope) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    let was_paused = pause::end(&mut tx, scope).await?;
    tx.commit().await?;
    if was_paused {
        Ok(Json(json!({ "message": "Resumed." })))
    } else {
        Err(ApiError::Conflict("it is not paused".to_owned()))
    }
}
