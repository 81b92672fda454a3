//! What people do from pages. Each is a form that is posted: who asks must be known, have the right to the project, and come
//! from a page of ours. What they ask for is written in one transaction; the answer leads to the page that shows what came
//! of it.

mod ask;
mod job;
mod pipeline;
mod project;
mod refusal;
mod serial_group;
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
        .route("/actions/pipelines/{id}/again", post(project::run_again))
        .route("/actions/projects/{id}/schedules", post(project::add_schedule))
        .route("/actions/projects/{id}/schedules/{schedule}/run", post(project::run_schedule))
        .route("/actions/projects/{id}/schedules/{schedule}/delete", post(project::delete_schedule))
        .route("/actions/projects/{id}/run", post(project::run))
        .route("/actions/projects/{id}/builds", post(project::set_builds))
        .route("/actions/serial-groups/release", post(serial_group::release))
}
