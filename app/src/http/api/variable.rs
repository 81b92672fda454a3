//! Environment variables of a project.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{project::Project, project_variable, variable::Variable};

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::VariableBody,
    error::{ApiError, Result},
    page::Page,
};
pub(super) use crate::http::sealed::SecretText;
use crate::{
    http::sealed::check_variable,
    secret::{Owner, shown},
};

/// A variable to be set.
#[derive(Deserialize)]
pub(super) struct Order {
    name: String,
    value: SecretText,
}

/// Name and value are such that a job can have them.
pub(super) fn check(name: &str, value: &SecretString) -> Result<()> {
    check_variable(name, value).map_err(ApiError::Refused)
}

fn encode(state: &ApiState, project: &Project, variable: Variable) -> Result<VariableBody> {
    let owner = Owner::Project(project.id, &variable.name);
    let value = state.vault.unseal(owner, &variable.sealed).map_err(|error| ApiError::Internal(error.into()))?;
    Ok(VariableBody::new(variable.name, shown(&value), variable.created_at))
}

/// `GET /project/{slug}/envvar`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
) -> Result<Json<Page<VariableBody>>> {
    let variables = project_variable::list(state.store.read(), project.id).await?;
    let bodies = variables.into_iter().map(|variable| encode(&state, &project, variable));
    Ok(Page::whole(bodies.collect::<Result<_>>()?))
}

/// `POST /project/{slug}/envvar`: one of that name is replaced.
pub(super) async fn set(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Body(Order { name, value: SecretText(value) }): Body<Order>,
) -> Result<(StatusCode, Json<VariableBody>)> {
    check(&name, &value)?;
    let sealed = state.vault.seal(Owner::Project(project.id, &name), &value).map_err(ApiError::Internal)?;
    let mut tx = state.store.begin().await?;
    project_variable::set(&mut tx, project.id, &name, &sealed, state.now()).await?;
    let variable = find(project_variable::list(tx.db(), project.id).await?, &name)?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(encode(&state, &project, variable)?)))
}

/// `GET /project/{slug}/envvar/{name}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Json<VariableBody>> {
    let variable = find(project_variable::list(state.store.read(), project.id).await?, &name)?;
    Ok(Json(encode(&state, &project, variable)?))
}

fn find(variables: Vec<Variable>, name: &str) -> Result<Variable> {
    let found = variables.into_iter().find(|variable| variable.name == name);
    found.ok_or_else(|| ApiError::missing(format_args!("variable `{name}`")))
}

/// `DELETE /project/{slug}/envvar/{name}`.
pub(super) async fn unset(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    let found = project_variable::unset(&mut tx, project.id, &name).await?;
    tx.commit().await?;
    if !found {
        return Err(ApiError::missing(format_args!("variable `{name}`")));
    }
    Ok(Json(json!({ "message": "Environment variable deleted." })))
}
