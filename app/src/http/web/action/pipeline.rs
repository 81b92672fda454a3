//! Canceling all of a pipeline.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use model::id::PipelineId;
use tracing::info;

use super::{ask::Asked, refusal::Refusal};
use crate::http::{
    auth::Actor,
    web::{WebState, address},
};

/// `POST /actions/pipelines/{id}/cancel`.
pub(super) async fn cancel(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<PipelineId>,
) -> Result<Redirect, Refusal> {
    let asked = Asked::pipeline(&state, &actor, id).await?;
    let reason = asked.reason("canceled the pipeline");
    let Asked { by, pipeline } = asked;
    let mut tx = state.store.begin().await?;
    store::pipeline::cancel(&mut tx, id, &reason, state.now()).await?;
    tx.commit().await?;
    info!(pipeline.id = %id, "`{}` canceled pipeline {} of {}", by.login, pipeline.number, pipeline.slug);
    Ok(Redirect::to(&address::pipeline(&pipeline.slug, pipeline.number)))
}
