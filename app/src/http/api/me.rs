//! People: the caller, and what they work with.

use axum::{
    Json,
    extract::{Path, State},
};
use model::permission::Permission;
use uuid::Uuid;

use super::{
    ApiState,
    encode::{CollaborationBody, UserBody},
    error::{ApiError, Result},
};
use crate::http::auth::Actor;

/// `GET /me`.
pub(super) async fn show(actor: Actor) -> Json<UserBody> {
    Json(match &actor {
        Actor::Operator => UserBody::operator(),
        Actor::User(user) => UserBody::new(user),
    })
}

/// `GET /me/collaborations`: the organizations whose projects the caller may see. No page, no envelope.
pub(super) async fn collaborations(
    State(state): State<ApiState>,
    actor: Actor,
) -> Result<Json<Vec<CollaborationBody>>> {
    let mut organizations = Vec::new();
    for project in store::project::list(state.store.read()).await? {
        let organization = (project.slug.vcs, project.slug.org.clone());
        if !organizations.contains(&organization)
            && state.auth.require(Some(&actor), &project, Permission::Read).await.is_ok()
        {
            organizations.push(organization);
        }
    }
    Ok(Json(organizations.iter().map(|(vcs, org)| CollaborationBody::new(*vcs, org)).collect()))
}

/// `GET /user/{user}`.
pub(super) async fn user(State(state): State<ApiState>, Path(id): Path<String>) -> Result<Json<UserBody>> {
    let missing = || ApiError::missing(format_args!("user `{id}`"));
    let wanted: Uuid = id.parse().map_err(|_| missing())?;
    if wanted.is_nil() {
        return Ok(Json(UserBody::operator()));
    }
    let users = store::user::list(state.store.read()).await?;
    users.iter().find(|user| UserBody::id_of(user) == wanted).map(|user| Json(UserBody::new(user))).ok_or_else(missing)
}
