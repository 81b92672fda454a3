//! Canceling and repeating a workflow.

use axum::{Form, extract::State, response::Redirect};
use serde::Deserialize;
use store::workflow::{Rerun, Workflow};
use tracing::info;

use super::{ask::Asked, refusal::Refusal};
use crate::http::web::WebState;

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
pub(super) async fn cancel(State(state): State<WebState>, asked: Asked<Workflow>) -> Result<Redirect, Refusal> {
    let (id, name) = (asked.row.id, &asked.row.name);
    let mut tx = state.store.begin().await?;
    store::workflow::cancel(&mut tx, id, &asked.reason("canceled the workflow"), state.now()).await?;
    tx.commit().await?;
    info!(workflow.id = %id, "`{}` canceled the workflow `{}`", asked.by.login, name);
    Ok(Redirect::to(&asked.page(id)))
}

/// `POST /actions/workflows/{id}/rerun`.
pub(super) async fn rerun(
    State(state): State<WebState>,
    asked: Asked<Workflow>,
    Form(Again { from }): Form<Again>,
) -> Result<Redirect, Refusal> {
    let (id, name) = (asked.row.id, &asked.row.name);
    let what = match from {
        From::Start => Rerun::FromStart,
        From::Failed => Rerun::FromFailed,
        From::FailedTests => Rerun::FailedTests,
    };
    let mut tx = state.store.begin().await?;
    let again = store::workflow::rerun(&mut tx, id, &what, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(workflow.id = %again, "`{}` reruns the workflow `{}`", asked.by.login, name);
    Ok(Redirect::to(&asked.page(again)))
}
