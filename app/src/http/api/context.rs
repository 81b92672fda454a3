//! Contexts, their variables and their restrictions. Administrators only: a context is an organization's, and no forge tells
//! who may speak for that.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use http::StatusCode;
use model::{id::RestrictionId, project::Vcs};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    context::{self, Context, Restriction, Rule},
    variable::Variable,
};
use uuid::Uuid;

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::{ContextBody, ContextVariableBody, RestrictionBody},
    error::{ApiError, Result},
    page::Page,
    pipeline::organization,
    variable::{SecretText, check},
};
use crate::{
    secret::{Owner, check_context_name, shown},
    vcs::{check_group, organization_id},
};

/// Whose contexts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Filter {
    owner_slug: Option<String>,
    owner_id: Option<Uuid>,
    /// A part of the name.
    name: Option<String>,
}

/// `GET /context`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<ContextBody>>> {
    let Filter { owner_slug, owner_id, name } = filter;
    let owner = owner_slug.filter(|slug| !slug.is_empty()).map(|slug| organization(&slug)).transpose()?;
    let part = name.unwrap_or_default().to_lowercase();
    let mut contexts = context::list(state.store.read()).await?;
    contexts.retain(|context| {
        owner.as_ref().is_none_or(|(vcs, org)| is_of(context, *vcs, org))
            && owner_id.is_none_or(|id| organization_id(context.vcs, &context.org) == id)
            && context.name.to_lowercase().contains(&part)
    });
    Ok(Page::whole(contexts.iter().map(ContextBody::new).collect()))
}

fn is_of(context: &Context, vcs: Vcs, org: &str) -> bool {
    context.vcs == vcs && context.org.eq_ignore_ascii_case(org)
}

/// A context to be made.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    name: String,
    owner: Owned,
}

#[derive(Debug, Deserialize)]
struct Owned {
    id: Option<Uuid>,
    slug: Option<String>,
}

/// `POST /context`.
pub(super) async fn create(
    State(state): State<ApiState>,
    Body(Order { name, owner: Owned { id, slug } }): Body<Order>,
) -> Result<Json<ContextBody>> {
    check_context_name(&name).map_err(ApiError::Refused)?;
    let (vcs, org) = match (slug, id) {
        (Some(slug), _) => organization(&slug)?,
        (None, Some(id)) => {
            let projects = store::project::list(state.store.read()).await?;
            let owner = projects.iter().find(|project| organization_id(project.slug.vcs, &project.slug.org) == id);
            let owner = owner.ok_or_else(|| ApiError::missing(format_args!("organization `{id}`")))?;
            (owner.slug.vcs, owner.slug.org.clone())
        }
        (None, None) => return Err(ApiError::refused("`owner` needs `slug` or `id`")),
    };
    let mut tx = state.store.begin().await?;
    let context = context::create(&mut tx, vcs, &org, &name, state.now()).await?;
    tx.commit().await?;
    Ok(Json(ContextBody::new(&context)))
}

/// `GET /context/{context}`.
pub(super) async fn show(Loaded(context): Loaded<Context>) -> Json<ContextBody> {
    Json(ContextBody::new(&context))
}

/// `DELETE /context/{context}`.
pub(super) async fn remove(State(state): State<ApiState>, Loaded(found): Loaded<Context>) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    context::delete(&mut tx, found.id).await?;
    tx.commit().await?;
    Ok(Json(json!({ "message": "Context deleted." })))
}

/// `GET /context/{context}/environment-variable`.
pub(super) async fn variables(
    State(state): State<ApiState>,
    Loaded(found): Loaded<Context>,
) -> Result<Json<Page<ContextVariableBody>>> {
    let mut bodies = Vec::new();
    for variable in context::list_variables(state.store.read(), found.id).await? {
        bodies.push(encode(&state, &found, variable)?);
    }
    Ok(Page::whole(bodies))
}

fn encode(state: &ApiState, found: &Context, variable: Variable) -> Result<ContextVariableBody> {
    let owner = Owner::Context(found.id, &variable.name);
    let value = state.vault.unseal(owner, &variable.sealed).map_err(|error| ApiError::Internal(error.into()))?;
    let Variable { name, sealed: _, created_at, updated_at } = variable;
    Ok(ContextVariableBody::new(found.id, name, shown(&value), created_at, updated_at))
}

/// A value to be set.
#[derive(Deserialize)]
pub(super) struct Setting {
    value: SecretText,
}

/// `PUT /context/{context}/environment-variable/{name}`.
pub(super) async fn set(
    State(state): State<ApiState>,
    Loaded(found): Loaded<Context>,
    Path((_, name)): Path<(String, String)>,
    Body(Setting { value: SecretText(value) }): Body<Setting>,
) -> Result<Json<ContextVariableBody>> {
    check(&name, &value)?;
    let sealed = state.vault.seal(Owner::Context(found.id, &name), &value).map_err(ApiError::Internal)?;
    let mut tx = state.store.begin().await?;
    context::set_variable(&mut tx, found.id, &name, &sealed, state.now()).await?;
    let variables = context::list_variables(tx.db(), found.id).await?;
    tx.commit().await?;
    let variable = variables.into_iter().find(|variable| variable.name == name);
    let variable = variable.ok_or_else(|| ApiError::missing(format_args!("variable `{name}`")))?;
    Ok(Json(encode(&state, &found, variable)?))
}

/// `DELETE /context/{context}/environment-variable/{name}`.
pub(super) async fn unset(
    State(state): State<ApiState>,
    Loaded(found): Loaded<Context>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    let was_there = context::unset_variable(&mut tx, found.id, &name).await?;
    tx.commit().await?;
    if !was_there {
        return Err(ApiError::missing(format_args!("variable `{name}`")));
    }
    Ok(Json(json!({ "message": "Environment variable deleted." })))
}

/// `GET /context/{context}/restrictions`.
pub(super) async fn restrictions(
    State(state): State<ApiState>,
    Loaded(found): Loaded<Context>,
) -> Result<Json<Page<RestrictionBody>>> {
    let mut bodies = Vec::new();
    for restriction in context::list_restrictions(state.store.read(), found.id).await? {
        bodies.push(encode_restriction(&state, &found, &restriction).await?);
    }
    Ok(Page::whole(bodies))
}

async fn encode_restriction(state: &ApiState, found: &Context, restriction: &Restriction) -> Result<RestrictionBody> {
    let project = match &restriction.rule {
        Rule::Project(id) => Some(store::project::get(state.store.read(), *id).await?),
        Rule::Expression(_) | Rule::Group(_) => None,
    };
    Ok(RestrictionBody::new(found.id, restriction, project.as_ref().map(|project| &project.slug)))
}

/// A restriction to be added.
#[derive(Debug, Deserialize)]
pub(super) struct Restrict {
    restriction_type: String,
    restriction_value: String,
}

/// `POST /context/{context}/restrictions`.
pub(super) async fn restrict(
    State(state): State<ApiState>,
    Loaded(found): Loaded<Context>,
    Body(Restrict { restriction_type, restriction_value }): Body<Restrict>,
) -> Result<(StatusCode, Json<RestrictionBody>)> {
    let rule = match restriction_type.as_str() {
        "project" => {
            let missing = || ApiError::missing(format_args!("project `{restriction_value}`"));
            let id = restriction_value.parse().map_err(|_| missing())?;
            Rule::Project(store::project::get(state.store.read(), id).await?.id)
        }
        "expression" => {
            config::check_restriction(&restriction_value)
                .map_err(|error| ApiError::refused(format!("`{restriction_value}` cannot be read: {error}")))?;
            Rule::Expression(restriction_value)
        }
        "group" => Rule::Group(check_group(found.vcs, &restriction_value).map_err(ApiError::Refused)?),
        other => {
            return Err(ApiError::refused(format!(
                "`restriction_type` is `{other}`; this server knows `project`, `expression` and `group`"
            )));
        }
    };
    let mut tx = state.store.begin().await?;
    let id = context::restrict(&mut tx, found.id, &rule, state.now()).await?;
    let all = context::list_restrictions(tx.db(), found.id).await?;
    tx.commit().await?;
    let restriction = all.into_iter().find(|restriction| restriction.id == id);
    let restriction = restriction.ok_or_else(|| ApiError::missing(format_args!("restriction `{id}`")))?;
    Ok((StatusCode::CREATED, Json(encode_restriction(&state, &found, &restriction).await?)))
}

/// `DELETE /context/{context}/restrictions/{restriction}`.
pub(super) async fn lift(
    State(state): State<ApiState>,
    Loaded(found): Loaded<Context>,
    Path((_, restriction)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let missing = || ApiError::missing(format_args!("restriction `{restriction}`"));
    let id: RestrictionId = restriction.parse().map_err(|_| missing())?;
    let mut tx = state.store.begin().await?;
    let was_there = context::lift(&mut tx, found.id, id).await?;
    tx.commit().await?;
    if was_there { Ok(Json(json!({ "message": "Context restriction deleted." }))) } else { Err(missing()) }
}
