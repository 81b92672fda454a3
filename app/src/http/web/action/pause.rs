//! Holding work back, and letting it begin again: of everything, of a project, or of a runner.

use axum::{Form, extract::State, response::Redirect};
use model::{id::ProjectId, permission::Permission};
use serde::Deserialize;
use store::pause::{self, PauseScope};
use tracing::info;

use super::{project::project, refusal::Refusal};
use crate::http::{
    auth::Actor,
    web::{WebState, address},
};

/// Of what, and why.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Wish {
    /// Only of this project.
    project: Option<ProjectId>,
    /// Only of the runner with this name.
    runner: Option<String>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    from: From,
}

/// The page that has the form: the answer leads back to it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum From {
    #[default]
    Queue,
    Runners,
    Settings,
}

/// Who may, and where they go on: server and runners are for administrators, a project for its own.
async fn admit(state: &WebState, actor: &Actor, wish: &Wish) -> Result<(PauseScope, String), Refusal> {
    let mut page = match wish.from {
        From::Queue | From::Settings => "/queue".to_owned(),
        From::Runners => "/runners".to_owned(),
    };
    let scope = match (wish.project, &wish.runner) {
        (Some(id), _) => {
            let project = project(state, actor, id, Permission::Admin).await?;
            if matches!(wish.from, From::Settings) {
                page = format!("{}#queue", address::settings(&project.slug));
            }
            PauseScope::Project(id)
        }
        (None, Some(name)) => {
            actor.require_admin()?;
            let known = store::runner::list(state.store.read()).await?;
            if !known.iter().any(|runner| runner.name == *name) {
                return Err(Refusal::missing(&format!("runner `{name}`")));
            }
            PauseScope::Runner(name.clone())
        }
        (None, None) => {
            actor.require_admin()?;
            PauseScope::All
        }
    };
    Ok((scope, page))
}

/// `POST /actions/pause`: what runs goes on.
pub(super) async fn begin(
    State(state): State<WebState>,
    actor: Actor,
    Form(wish): Form<Wish>,
) -> Result<Redirect, Refusal> {
    let (scope, page) = admit(&state, &actor, &wish).await?;
    let mut tx = state.store.begin().await?;
    pause::begin(&mut tx, &scope, actor.login(), wish.reason.trim(), state.now()).await?;
    tx.commit().await?;
    info!("`{}` holds new work back: {scope:?}", actor.login());
    Ok(Redirect::to(&page))
}

/// `POST /actions/resume`.
pub(super) async fn end(
    State(state): State<WebState>,
    actor: Actor,
    Form(wish): Form<Wish>,
) -> Result<Redirect, Refusal> {
    let (scope, page) = admit(&state, &actor, &wish).await?;
    let mut tx = state.store.begin().await?;
    pause::end(&mut tx, &scope).await?;
    tx.commit().await?;
    info!("`{}` lets work begin again: {scope:?}", actor.login());
    Ok(Redirect::to(&page))
}
