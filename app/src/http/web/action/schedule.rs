//! A project's schedules.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{id::ProjectId, permission::Permission, project::GitRef};
use serde::Deserialize;
use serde_json::Map;
use store::{project::Project, schedule::Schedule};
use tracing::info;
use uuid::Uuid;

use super::{
    project::{project, settings},
    refusal::Refusal,
};
use crate::{
    http::{auth::Actor, web::WebState},
    trigger::schedule::{self, ScheduleSpec, Timing},
};

/// A schedule, as the form has it.
#[derive(Debug, Deserialize)]
pub(super) struct NewSchedule {
    name: String,
    cron: String,
    branch: String,
}

/// A schedule of this project; those of another are nobody's business here.
pub(super) async fn own(state: &WebState, project: &Project, id: Uuid) -> Result<Schedule, Refusal> {
    let schedule = store::schedule::get(state.store.read(), id).await?;
    match schedule.project_id == project.id {
        true => Ok(schedule),
        false => Err(store::Error::NotFound(format!("schedule `{id}`")).into()),
    }
}

/// `POST /actions/projects/{id}/schedules`.
pub(super) async fn add(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(NewSchedule { name, cron, branch }): Form<NewSchedule>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let spec = ScheduleSpec {
        name,
        description: None,
        timing: Timing::Cron(cron),
        parameters: Map::new(),
        git_ref: GitRef::Branch(branch.trim().to_owned()),
        actor: Some(actor.person()),
    };
    let schedule = schedule::create(&state.store, &state.clock, project.id, spec).await?;
    info!("`{}` made the schedule `{}` of {}", actor.login(), schedule.name, project.slug);
    Ok(settings(&project, "schedules"))
}

/// `POST /actions/projects/{id}/schedules/{schedule}/delete`.
pub(super) async fn delete(
    State(state): State<WebState>,
    actor: Actor,
    Path((id, schedule)): Path<(ProjectId, Uuid)>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let schedule = own(&state, &project, schedule).await?;
    schedule::delete(&state.store, schedule.id).await?;
    info!("`{}` deleted the schedule `{}` of {}", actor.login(), schedule.name, project.slug);
    Ok(settings(&project, "schedules"))
}
