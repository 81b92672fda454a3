//! Approving, denying, canceling and repeating a job.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use model::id::JobId;
use store::workflow::Rerun;
use tracing::info;

use super::{ask::Asked, refusal::Refusal};
use crate::http::{
    auth::Actor,
    web::{WebState, address},
};

/// `POST /actions/jobs/{id}/approve`.
pub(super) async fn approve(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<JobId>,
) -> Result<Redirect, Refusal> {
    let (asked, job) = Asked::job(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    store::job::approve(&mut tx, id, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(job.id = %id, "`{}` approved job {} `{}`", asked.by.login, job.number, job.name);
    Ok(Redirect::to(&asked.page(job.workflow_id)))
}

/// `POST /actions/jobs/{id}/deny`.
pub(super) async fn deny(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<JobId>,
) -> Result<Redirect, Refusal> {
    let (asked, job) = Asked::job(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    store::job::deny(&mut tx, id, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(job.id = %id, "`{}` denied job {} `{}`", asked.by.login, job.number, job.name);
    Ok(Redirect::to(&asked.page(job.workflow_id)))
}

/// `POST /actions/jobs/{id}/cancel`.
pub(super) async fn cancel(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<JobId>,
) -> Result<Redirect, Refusal> {
    let (asked, job) = Asked::job(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    store::job::cancel(&mut tx, id, &asked.reason("canceled it"), state.now()).await?;
    tx.commit().await?;
    info!(job.id = %id, "`{}` canceled job {} `{}`", asked.by.login, job.number, job.name);
    let Asked { by: _, pipeline } = asked;
    Ok(Redirect::to(&address::job(&pipeline.slug, pipeline.number, job.workflow_id, job.number)))
}

/// `POST /actions/jobs/{id}/rerun`: the job, and what comes after it.
pub(super) async fn rerun(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<JobId>,
) -> Result<Redirect, Refusal> {
    let (asked, job) = Asked::job(&state, &actor, id).await?;
    let mut tx = state.store.begin().await?;
    let workflow =
        store::workflow::rerun(&mut tx, job.workflow_id, &Rerun::Jobs(vec![id]), &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(workflow.id = %workflow, "`{}` reruns job {} `{}`", asked.by.login, job.number, job.name);
    Ok(Redirect::to(&asked.page(workflow)))
}
