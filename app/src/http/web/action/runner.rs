//! Removing a runner that is gone.

use axum::{Form, extract::State, response::Redirect};
use serde::Deserialize;
use tracing::info;

use super::refusal::Refusal;
use crate::http::{auth::Actor, web::WebState};

/// Which runner.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Which {
    /// Its name.
    runner: String,
}

/// `POST /actions/runners/remove`: administrators only. One that is online stays.
pub(super) async fn remove(
    State(state): State<WebState>,
    actor: Actor,
    Form(Which { runner }): Form<Which>,
) -> Result<Redirect, Refusal> {
    actor.require_admin()?;
    let mut tx = state.store.begin().await?;
    store::runner::remove(&mut tx, &runner, state.now()).await?;
    tx.commit().await?;
    info!("`{}` removed the runner `{runner}`", actor.login());
    Ok(Redirect::to("/runners"))
}
