//! Canceling and repeating a workflow.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::id::WorkflowId;
use serde::Deserialize;
use store::workflow::Rerun;
use tracing::info;

use super::{ask::Asked, refusal::Refusal};
use crate::http::{auth::Actor, web::WebState};

/// How a workflow is repeated.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Again {
    from: From,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum From {
    Start,
    Failed,
    FailedTests,
}

/// `POST /actions/workflows/{id}/cancel`.
pub(super) async fn cancel(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<WorkflowId>,
) -> Result<Redirect, Refusal> {
    let (asked, workflow) = Asked::workflow(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    store::workflow::cancel(&mut tx, id, &asked.reason("canceled the workflow"), state.now()).await?;
    tx.commit().await?;
    info!(workflow.id = %id, "`{}` canceled the workflow `{}`", asked.by.login, workflow.name);
    Ok(Redirect::to(&asked.page(id)))
}

/// `POST /actions/workflows/{id}/rerun`.
pub(super) async fn rerun(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<WorkflowId>,
    Form(Again { from }): Form<Again>,
) -> Result<Redirect, Refusal> {
    let (asked, workflow) = Asked::workflow(&state, &actor, id).await?;
    let what = match from {
        From::Start => Rerun::FromStart,
        From::Failed => Rerun::FromFailed,
        From::FailedTests => Rerun::FailedTests,
    };
    let mut tx = state.store.begin().await?;
    let again = store::workflow::rerun(&mut tx, id, &what, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(workflow.id = %again, "`{}` reruns the workflow `{}`", asked.by.login, workflow.name);
    Ok(Redirect::to(&asked.page(again)))
}
