//! How much may run at the same time. Administrators only: what one project gets, others go without.

use axum::{Form, extract::State, response::Redirect};
use model::id::ProjectId;
use serde::Deserialize;
use tracing::info;

use super::refusal::Refusal;
use crate::{
    dispatch::{LimitChange, LimitOf, change_limit},
    http::{auth::Actor, web::WebState},
};

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
    let change = match (reset, most.trim()) {
        (Some(_), _) => LimitChange::Default,
        // An empty field of a project says that it needs no limit of its own.
        (None, "") if matches!(of, Of::Project) => LimitChange::Default,
        (None, "") => LimitChange::None,
        (None, number) => {
            let wrong = |_| Refusal::invalid(format!("a limit is a number of tasks, and `{number}` is none"));
            LimitChange::Most(number.parse().map_err(wrong)?)
        }
    };
    let mut tx = state.store.begin().await?;
    let of = match (of, project) {
        (Of::All, _) => LimitOf::All,
        (Of::EachProject, _) => LimitOf::EachProject,
        (Of::Class, _) => LimitOf::Class(class.trim().to_owned()),
        (Of::Project, Some(id)) => LimitOf::Project(store::project::get(tx.db(), id).await?.id),
        (Of::Project, None) => return Err(Refusal::invalid("a limit of a project needs the project")),
    };
    change_limit(&mut tx, &of, change, actor.login(), state.now()).await?;
    tx.commit().await?;
    info!("`{}` set a limit: {of:?}, {change:?}", actor.login());
    Ok(Redirect::to("/queue#limits"))
}
