//! What people do from pages. Each is a form that is posted: who asks must be known, have the right to what it is about, and
//! come from a page of ours. What they ask for is written in one transaction; the answer leads to the page that shows what came
//! of it.

mod ask;
mod context;
mod job;
mod limit;
mod pause;
mod pipeline;
mod project;
mod refusal;
mod runner;
mod schedule;
mod serial_group;
mod ssh_key;
mod start;
mod variable;
mod workflow;

use axum::{Router, routing::post};

use super::WebState;

/// The addresses of all forms.
pub fn router() -> Router<WebState> {
    Router::new()
        .route("/actions/jobs/{id}/approve", post(job::approve))
        .route("/actions/jobs/{id}/deny", post(job::deny))
        .route("/actions/jobs/{id}/cancel", post(job::cancel))
        .route("/actions/jobs/{id}/rerun", post(job::rerun))
        .route("/actions/workflows/{id}/cancel", post(workflow::cancel))
        .route("/actions/workflows/{id}/rerun", post(workflow::rerun))
        .route("/actions/pipelines/{id}/cancel", post(pipeline::cancel))
        .route("/actions/pipelines/{id}/again", post(start::run_again))
        .route("/actions/projects/{id}/run", post(start::run))
        .route("/actions/projects/{id}/schedules", post(schedule::add))
        .route("/actions/projects/{id}/schedules/{schedule}/run", post(start::run_schedule))
        .route("/actions/projects/{id}/schedules/{schedule}/delete", post(schedule::delete))
        .route("/actions/projects/{id}/builds", post(project::set_builds))
        .route("/actions/projects/{id}/variables", post(variable::set))
        .route("/actions/projects/{id}/variables/delete", post(variable::unset))
        .route("/actions/projects/{id}/ssh-keys", post(ssh_key::add))
        .route("/actions/projects/{id}/ssh-keys/delete", post(ssh_key::remove))
        .route("/actions/contexts", post(context::create))
        .route("/actions/contexts/{id}/delete", post(context::delete))
        .route("/actions/contexts/{id}/variables", post(context::set_variable))
        .route("/actions/contexts/{id}/variables/delete", post(context::unset_variable))
        .route("/actions/contexts/{id}/restrictions", post(context::restrict))
        .route("/actions/contexts/{id}/restrictions/{restriction}/delete", post(context::lift))
        .route("/actions/pause", post(pause::begin))
        .route("/actions/resume", post(pause::end))
        .route("/actions/limits", post(limit::set))
        .route("/actions/runners/remove", post(runner::remove))
        .route("/actions/serial-groups/release", post(serial_group::release))
}
