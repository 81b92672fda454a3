//! Serial groups: who has the lock, who waits, and letting the next one in.

use axum::{
    Json,
    extract::{Query, State},
};
use model::{permission::Permission, plan::SerialGroup};
use serde::Deserialize;
use store::serial_group::{self, GroupKey};

use super::{
    ApiState,
    body::Body,
    encode::{SerialGroupBody, TicketBody},
    error::Result,
    page::Page,
    pipeline::organization,
};
use crate::http::auth::{Actor, Visitor};

/// Whose groups.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default, rename = "org-slug")]
    org_slug: Option<String>,
}

/// `GET /serial-group`: those whose jobs the caller may see.
pub(super) async fn list(
    State(state): State<ApiState>,
    Visitor(actor): Visitor,
    Query(Filter { org_slug }): Query<Filter>,
) -> Result<Json<Page<SerialGroupBody>>> {
    let org = org_slug.filter(|slug| !slug.is_empty()).map(|slug| organization(&slug)).transpose()?;
    let org = org.as_ref().map(|(vcs, org)| (*vcs, org.as_str()));
    let mut seen = Vec::new();
    for ticket in serial_group::list_all(state.store.read(), org).await? {
        let project = store::project::get(state.store.read(), ticket.project_id).await?;
        if state.auth.require(actor.as_ref(), &project, Permission::Read).await.is_ok() {
            seen.push(ticket);
        }
    }
    Ok(Page::whole(SerialGroupBody::list(&seen)))
}

/// Which group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Release {
    org_slug: String,
    key: String,
}

/// `POST /serial-group/release`: whoever has the lock goes on without it, and the next one comes in.
pub(super) async fn release(
    State(state): State<ApiState>,
    actor: Actor,
    Body(Release { org_slug, key }): Body<Release>,
) -> Result<Json<TicketBody>> {
    let (vcs, org) = organization(&org_slug)?;
    let group = GroupKey { vcs, org, key: SerialGroup(key) };
    let mut tx = state.store.begin().await?;
    let ticket = serial_group::release(&mut tx, &group, &actor.person(), state.now()).await?;
    tx.commit().await?;
    Ok(Json(TicketBody::new(&ticket)))
}
