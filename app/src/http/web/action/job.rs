//! Approving, denying, canceling and repeating a job.

use axum::{extract::State, response::Redirect};
use store::{job::Job, workflow::Rerun};
use tracing::info;

use super::{ask::Asked, refusal::Refusal};
use crate::http::web::{WebState, address};

/// `POST /actions/jobs/{id}/approve`.
pub(super) async fn approve(State(state): State<WebState>, asked: Asked<Job>) -> Result<Redirect, Refusal> {
    let job = &asked.row;
    let mut tx = state.store.begin().await?;
    store::job::approve(&mut tx, job.id, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(job.id = %job.id, "`{}` approved job {} `{}`", asked.by.login, job.number, job.name);
    Ok(Redirect::to(&asked.page(job.workflow_id)))
}

/// `POST /actions/jobs/{id}/deny`.
pub(super) async fn deny(State(state): State<WebState>, asked: Asked<Job>) -> Result<Redirect, Refusal> {
    let job = &asked.row;
    let mut tx = state.store.begin().await?;
    store::job::deny(&mut tx, job.id, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(job.id = %job.id, "`{}` denied job {} `{}`", asked.by.login, job.number, job.name);
    Ok(Redirect::to(&asked.page(job.workflow_id)))
}

/// `POST /actions/jobs/{id}/cancel`.
pub(super) async fn cancel(State(state): State<WebState>, asked: Asked<Job>) -> Result<Redirect, Refusal> {
    let reason = asked.reason("canceled it");
    let Asked { by, row: job, pipeline } = asked;
    let mut tx = state.store.begin().await?;
    store::job::cancel(&mut tx, job.id, &reason, state.now()).await?;
    tx.commit().await?;
    info!(job.id = %job.id, "`{}` canceled job {} `{}`", by.login, job.number, job.name);
    Ok(Redirect::to(&address::job(&pipeline.slug, pipeline.number, job.workflow_id, job.number)))
}

/// `POST /actions/jobs/{id}/rerun`: the job, and what comes after it.
pub(super) async fn rerun(State(state): State<WebState>, asked: Asked<Job>) -> Result<Redirect, Refusal> {
    let job = &asked.row;
    let mut tx = state.store.begin().await?;
    let what = Rerun::Jobs(vec![job.id]);
    let workflow = store::workflow::rerun(&mut tx, job.workflow_id, &what, &asked.by, state.now()).await?;
    tx.commit().await?;
    info!(workflow.id = %workflow, "`{}` reruns job {} `{}`", asked.by.login, job.number, job.name);
    Ok(Redirect::to(&asked.page(workflow)))
}
