//! Contexts, their variables and their restrictions. Administrators only: a context is an organization's, and no forge tells
//! who may speak for that.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{
    id::{ContextId, RestrictionId},
    project::{ProjectSlug, Vcs},
};
use serde::Deserialize;
use store::context::{self, Context, Rule};
use tracing::info;

use super::refusal::Refusal;
use crate::{
    http::{
        auth::Actor,
        sealed::{SecretText, check_variable},
        web::{WebState, address},
    },
    secret::{Owner, check_context_name},
    vcs::check_group,
};

/// A context to be made: `github/acme`, and its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NewContext {
    owner: String,
    name: String,
}

/// A variable to be set.
#[derive(Deserialize)]
pub(super) struct NewVariable {
    name: String,
    value: SecretText,
}

/// A variable by its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct WhichVariable {
    name: String,
}

/// A restriction to be added.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NewRestriction {
    kind: Kind,
    value: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Project,
    Group,
    Expression,
}

/// The context, for an administrator.
async fn own(state: &WebState, actor: &Actor, id: ContextId) -> Result<Context, Refusal> {
    actor.require_admin()?;
    Ok(context::get(state.store.read(), id).await?)
}

fn page(context: &Context, section: &str) -> Redirect {
    Redirect::to(&format!("{}#{section}", address::context(context.id)))
}

/// `POST /actions/contexts`.
pub(super) async fn create(
    State(state): State<WebState>,
    actor: Actor,
    Form(NewContext { owner, name }): Form<NewContext>,
) -> Result<Redirect, Refusal> {
    actor.require_admin()?;
    let wrong = || Refusal::invalid(format!("`{owner}` is no organization: write `github/acme` or `gitlab/acme`"));
    let (vcs, org) = owner.trim().split_once('/').ok_or_else(wrong)?;
    let vcs: Vcs = vcs.parse().map_err(|_| wrong())?;
    // An organization is called as the first part of a project's name.
    let slug = ProjectSlug::from_full_name(vcs, &format!("{org}/any")).map_err(|_| wrong())?;
    let name = name.trim();
    check_context_name(name).map_err(Refusal::invalid)?;
    let mut tx = state.store.begin().await?;
    let context = context::create(&mut tx, vcs, &slug.org, name, state.now()).await?;
    tx.commit().await?;
    info!("`{}` made the context `{}` of {}", actor.login(), context.name, context.org);
    Ok(page(&context, "variables"))
}

/// `POST /actions/contexts/{id}/delete`.
pub(super) async fn delete(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ContextId>,
) -> Result<Redirect, Refusal> {
    let context = own(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    context::delete(&mut tx, id).await?;
    tx.commit().await?;
    info!("`{}` deleted the context `{}` of {}", actor.login(), context.name, context.org);
    Ok(Redirect::to("/contexts"))
}

/// `POST /actions/contexts/{id}/variables`: one of that name is replaced.
pub(super) async fn set_variable(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ContextId>,
    Form(NewVariable { name, value: SecretText(value) }): Form<NewVariable>,
) -> Result<Redirect, Refusal> {
    let context = own(&state, &actor, id).await?;
    let name = name.trim();
    check_variable(name, &value).map_err(Refusal::invalid)?;
    let sealed = state.vault.seal(Owner::Context(id, name), &value).map_err(|error| Refusal::internal(&error))?;
    let mut tx = state.store.begin().await?;
    context::set_variable(&mut tx, id, name, &sealed, state.now()).await?;
    tx.commit().await?;
    info!("`{}` set the variable `{name}` of the context `{}` of {}", actor.login(), context.name, context.org);
    Ok(page(&context, "variables"))
}

/// `POST /actions/contexts/{id}/variables/delete`.
pub(super) async fn unset_variable(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ContextId>,
    Form(WhichVariable { name }): Form<WhichVariable>,
) -> Result<Redirect, Refusal> {
    let context = own(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    if !context::unset_variable(&mut tx, id, &name).await? {
        return Err(Refusal::missing(&format!("variable {name}")));
    }
    tx.commit().await?;
    info!("`{}` deleted the variable `{name}` of the context `{}` of {}", actor.login(), context.name, context.org);
    Ok(page(&context, "variables"))
}

/// `POST /actions/contexts/{id}/restrictions`.
pub(super) async fn restrict(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ContextId>,
    Form(NewRestriction { kind, value }): Form<NewRestriction>,
) -> Result<Redirect, Refusal> {
    let context = own(&state, &actor, id).await?;
    let value = value.trim();
    let rule = match kind {
        Kind::Project => {
            let unknown = || Refusal::invalid(format!("there is no project `{value}` of {} here", context.org));
            let slug = ProjectSlug::from_full_name(context.vcs, value).map_err(|_| unknown())?;
            let project = store::project::find_by_slug(state.store.read(), &slug).await?.ok_or_else(unknown)?;
            Rule::Project(project.id)
        }
        Kind::Group => Rule::Group(check_group(context.vcs, value).map_err(Refusal::invalid)?),
        Kind::Expression => {
            config::check_restriction(value)
                .map_err(|error| Refusal::invalid(format!("`{value}` cannot be read: {error}")))?;
            Rule::Expression(value.to_owned())
        }
    };
    let mut tx = state.store.begin().await?;
    context::restrict(&mut tx, id, &rule, state.now()).await?;
    tx.commit().await?;
    info!("`{}` restricted the context `{}` of {}", actor.login(), context.name, context.org);
    Ok(page(&context, "restrictions"))
}

/// `POST /actions/contexts/{id}/restrictions/{restriction}/delete`.
pub(super) async fn lift(
    State(state): State<WebState>,
    actor: Actor,
    Path((id, restriction)): Path<(ContextId, RestrictionId)>,
) -> Result<Redirect, Refusal> {
    let context = own(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    if !context::lift(&mut tx, id, restriction).await? {
        return Err(Refusal::missing("restriction"));
    }
    tx.commit().await?;
    info!("`{}` lifted a restriction of the context `{}` of {}", actor.login(), context.name, context.org);
    Ok(page(&context, "restrictions"))
}
