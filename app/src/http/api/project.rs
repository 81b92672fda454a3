//! Projects.

use axum::Json;
use store::project::Project;

use super::{access::Loaded, encode::ProjectBody};

/// `GET /project/{slug}`.
pub(super) async fn show(Loaded(project): Loaded<Project>) -> Json<ProjectBody> {
    Json(ProjectBody::new(&project))
}
