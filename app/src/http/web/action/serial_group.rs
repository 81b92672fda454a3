//! Letting the next one of a serial group in.

use axum::{Form, extract::State, response::Redirect};
use model::{plan::SerialGroup, project::Vcs};
use serde::Deserialize;
use store::serial_group::GroupKey;
use tracing::info;

use super::refusal::Refusal;
use crate::http::{
    auth::Actor,
    web::{WebState, address},
};

/// Which group.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Which {
    vcs: Vcs,
    org: String,
    key: String,
}

/// `POST /actions/serial-groups/release`: administrators only, because a group spans an organization.
pub(super) async fn release(
    State(state): State<WebState>,
    actor: Actor,
    Form(Which { vcs, org, key }): Form<Which>,
) -> Result<Redirect, Refusal> {
    actor.require_admin()?;
    let group = GroupKey { vcs, org, key: SerialGroup(key) };
    let mut tx = state.store.begin().await?;
    let holder = store::serial_group::release(&mut tx, &group, &actor.person(), state.now()).await?;
    tx.commit().await?;
    info!("`{}` released the serial group `{}` of `{}`", actor.login(), group.key.0, group.org);
    let page = address::pipeline(&holder.slug, holder.pipeline_number);
    Ok(Redirect::to(&format!("{page}#wf-{}", holder.workflow_id)))
}
