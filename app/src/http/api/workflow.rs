//! Workflows: reading them, and what people do with them.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use model::id::JobId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    job::{self, Job},
    pipeline::Pipeline,
    workflow::{self, Rerun, Workflow},
};

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::WorkflowBody,
    error::{ApiError, Result},
    page::Page,
    pipeline::{accepted, canceled},
};
use crate::http::auth::Actor;

/// `GET /pipeline/{pipeline}/workflow`: the newest attempts first, as CircleCI lists them.
pub(super) async fn list(
    State(state): State<ApiState>,
    Loaded(pipeline): Loaded<Pipeline>,
) -> Result<Json<Page<WorkflowBody>>> {
    let mut workflows = workflow::list_by_pipeline(state.store.read(), pipeline.id).await?;
    workflows.sort_by_key(|workflow| std::cmp::Reverse(workflow.id));
    Ok(Page::whole(workflows.iter().map(|workflow| WorkflowBody::new(workflow, &pipeline)).collect()))
}

/// `GET /workflow/{workflow}`.
pub(super) async fn show(Loaded(workflow): Loaded<Workflow>, Loaded(pipeline): Loaded<Pipeline>) -> Json<WorkflowBody> {
    Json(WorkflowBody::new(&workflow, &pipeline))
}

/// `POST /workflow/{workflow}/approve/{approval}`.
pub(super) async fn approve(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(workflow): Loaded<Workflow>,
    Path((_, approval)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Value>)> {
    let mut tx = state.store.begin().await?;
    let job = held(job::list_by_workflow(tx.db(), workflow.id).await?, &approval)?;
    job::approve(&mut tx, job.id, &actor.person(), state.now()).await?;
    tx.commit().await?;
    Ok(accepted())
}

/// `POST /workflow/{workflow}/deny/{approval}`: beyond CircleCI.
pub(super) async fn deny(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(workflow): Loaded<Workflow>,
    Path((_, approval)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Value>)> {
    let mut tx = state.store.begin().await?;
    let job = held(job::list_by_workflow(tx.db(), workflow.id).await?, &approval)?;
    job::deny(&mut tx, job.id, &actor.person(), state.now()).await?;
    tx.commit().await?;
    Ok(accepted())
}

/// The job of a workflow that waits for an answer to this request.
fn held(jobs: Vec<Job>, approval: &str) -> Result<Job> {
    let job = jobs.into_iter().find(|job| job.id.to_string() == approval.to_lowercase());
    let job = job.ok_or_else(|| ApiError::missing(format_args!("approval request `{approval}` of this workflow")))?;
    match job.state {
        model::job::JobState::OnHold => Ok(job),
        // CircleCI answers so, and not with a conflict.
        model::job::JobState::Blocked
        | model::job::JobState::Queued
        | model::job::JobState::Running
        | model::job::JobState::Ended(_) => Err(ApiError::refused(format!("job `{}` is not on hold", job.name))),
    }
}

/// `POST /workflow/{workflow}/cancel`.
pub(super) async fn cancel(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(workflow): Loaded<Workflow>,
) -> Result<(StatusCode, Json<Value>)> {
    let mut tx = state.store.begin().await?;
    workflow::cancel(&mut tx, workflow.id, &canceled(&actor, "the workflow"), state.now()).await?;
    tx.commit().await?;
    Ok(accepted())
}

/// What is run again.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    jobs: Option<Vec<JobId>>,
    #[serde(default)]
    from_failed: Option<bool>,
    /// Beyond CircleCI: as `from_failed`, and of tests that can be told apart only those that failed.
    #[serde(default)]
    failed_tests: Option<bool>,
    #[serde(default)]
    enable_ssh: Option<bool>,
    #[serde(default)]
    sparse_tree: Option<bool>,
}

/// `POST /workflow/{workflow}/rerun`.
pub(super) async fn rerun(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(workflow): Loaded<Workflow>,
    Body(wish): Body<Wish>,
) -> Result<(StatusCode, Json<Value>)> {
    let what = chosen(wish)?;
    let mut tx = state.store.begin().await?;
    let id = workflow::rerun(&mut tx, workflow.id, &what, &actor.person(), state.now()).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "workflow_id": id }))))
}

fn chosen(wish: Wish) -> Result<Rerun> {
    let Wish { jobs, from_failed, failed_tests, enable_ssh, sparse_tree } = wish;
    let jobs = jobs.filter(|jobs| !jobs.is_empty());
    if enable_ssh == Some(true) {
        return Err(ApiError::refused(
            "`enable_ssh` is not built yet: this server cannot let anybody into a job; leave it out",
        ));
    }
    // What comes after a chosen job always runs again with it, but never what stands beside it: the tree is sparse.
    if sparse_tree == Some(true) && jobs.is_none() {
        return Err(ApiError::refused("`sparse_tree` needs `jobs`"));
    }
    match (jobs, from_failed == Some(true), failed_tests == Some(true)) {
        (Some(_), true, _) | (Some(_), _, true) | (_, true, true) => {
            Err(ApiError::refused("give one of `jobs`, `from_failed` and `failed_tests`"))
        }
        (Some(jobs), false, false) => Ok(Rerun::Jobs(jobs)),
        (None, true, false) => Ok(Rerun::FromFailed),
        (None, false, true) => Ok(Rerun::FailedTests),
        (None, false, false) => Ok(Rerun::FromStart),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use store::workflow::Rerun;

    use super::{Wish, chosen};

    #[test]
    fn a_rerun_is_of_one_kind() {
        let of = |body: serde_json::Value| chosen(serde_json::from_value::<Wish>(body).unwrap());
        // What two clients send.
        assert_eq!(of(json!({})).unwrap(), Rerun::FromStart);
        assert_eq!(of(json!({ "from_failed": false, "sparse_tree": false })).unwrap(), Rerun::FromStart);
        let sent = json!({ "from_failed": true, "sparse_tree": false, "enable_ssh": false });
        assert_eq!(of(sent).unwrap(), Rerun::FromFailed);
        assert_eq!(of(json!({ "from_failed": true, "jobs": [] })).unwrap(), Rerun::FromFailed);
        assert_eq!(of(json!({ "failed_tests": true })).unwrap(), Rerun::FailedTests);
        let id = "01890000-0000-7000-8000-000000000031";
        assert_eq!(of(json!({ "jobs": [id], "sparse_tree": true })).unwrap(), Rerun::Jobs(vec![id.parse().unwrap()]));
        for wrong in [
            json!({ "from_failed": true, "jobs": [id] }),
            json!({ "enable_ssh": true, "jobs": [id] }),
            json!({ "sparse_tree": true }),
            json!({ "from_failed": true, "failed_tests": true }),
        ] {
            assert!(of(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
