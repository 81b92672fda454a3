//! How much may run at the same time. Administrators only: what one project gets, others go without.

use axum::{Form, extract::State, response::Redirect};
use model::id::ProjectId;
use serde::Deserialize;
use store::queue::{self, LimitScope, SetLimit};
use tracing::info;

use super::refusal::Refusal;
use crate::http::{auth::Actor, web::WebState};

/// A limit, as the form has it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Wish {
    of: Of,
    /// The class, where the limit is of one.
    #[serde(default)]
    class: String,
    /// The project, where the limit is of one.
    project: Option<ProjectId>,
    /// A number; nothing: no limit.
    #[serde(default)]
    most: String,
    /// What the settings say shall hold again.
    reset: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Of {
    All,
    EachProject,
    Class,
    Project,
}

/// `POST /actions/limits`: what runs goes on.
pub(super) async fn set(
    State(state): State<WebState>,
    actor: Actor,
    Form(Wish { of, class, project, most, reset }): Form<Wish>,
) -> Result<Redirect, Refusal> {
    actor.require_admin()?;
    let most: Option<u32> = match most.trim() {
        "" => None,
        number => {
            let wrong = || Refusal::invalid(format!("a limit is a number of tasks, and `{number}` is none"));
            Some(number.parse().map_err(|_| wrong())?)
        }
    };
    let mut tx = state.store.begin().await?;
    let scope = match (of, project) {
        (Of::All, _) => LimitScope::All,
        (Of::EachProject, _) => LimitScope::EachProject,
        (Of::Class, _) => LimitScope::Class(class.trim().to_owned()),
        (Of::Project, Some(id)) => {
            let project = store::project::get(tx.db(), id).await?;
            queue::set_project_limit(&mut tx, id, most.filter(|_| reset.is_none())).await?;
            tx.commit().await?;
            info!("`{}` set the limit of {}: {most:?}", actor.login(), project.slug);
            return Ok(Redirect::to("/queue#limits"));
        }
        (Of::Project, None) => return Err(Refusal::invalid("a limit of a project needs the project")),
    };
    match reset {
        Some(_) => {
            queue::unset_limit(&mut tx, &scope).await?;
        }
        None => {
            let limit = SetLimit { scope: scope.clone(), most, set_by: actor.login().to_owned(), set_at: state.now() };
            queue::set_limit(&mut tx, &limit).await?;
        }
    }
    tx.commit().await?;
    info!("`{}` set a limit: {scope:?}, {most:?}", actor.login());
    Ok(Redirect::to("/queue#limits"))
}
