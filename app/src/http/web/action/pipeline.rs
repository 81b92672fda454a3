//! Canceling all of a pipeline.

use axum::{extract::State, response::Redirect};
use tracing::info;

use super::{ask::Asked, refusal::Refusal};
use crate::http::web::{WebState, address};

/// `POST /actions/pipelines/{id}/cancel`.
pub(super) async fn cancel(State(state): State<WebState>, asked: Asked<()>) -> Result<Redirect, Refusal> {
    let reason = asked.reason("canceled the pipeline");
    let Asked { by, row: (), pipeline } = asked;
    let mut tx = state.store.begin().await?;
    store::pipeline::cancel(&mut tx, pipeline.id, &reason, state.now()).await?;
    tx.commit().await?;
    info!(pipeline.id = %pipeline.id, "`{}` canceled pipeline {} of {}", by.login, pipeline.number, pipeline.slug);
    Ok(Redirect::to(&address::pipeline(&pipeline.slug, pipeline.number)))
}
