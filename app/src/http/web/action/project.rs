//! A project's schedules, and what of it is built.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{
    id::{PipelineId, ProjectId},
    permission::Permission,
    project::GitRef,
};
use serde::Deserialize;
use serde_json::Map;
use store::{
    project::Project,
    schedule::Schedule,
    trigger_setting::{self, TriggerSettings},
};
use tracing::info;
use uuid::Uuid;

use super::refusal::Refusal;
use crate::{
    http::{
        auth::Actor,
        web::{WebState, address},
    },
    trigger::{
        api::{self, ApiTrigger},
        schedule::{self, ScheduleSpec, Timing},
    },
};

/// A schedule, as the form has it.
#[derive(Debug, Deserialize)]
pub(super) struct NewSchedule {
    name: String,
    cron: String,
    branch: String,
}

/// What is built, as the form has it: a box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub(super) struct Builds {
    auto_cancel: Option<String>,
    only_pull_requests: Option<String>,
    build_forks: Option<String>,
}

/// Which branch is run.
#[derive(Debug, Deserialize)]
pub(super) struct Run {
    #[serde(default)]
    branch: String,
}

async fn project(state: &WebState, actor: &Actor, id: ProjectId, need: Permission) -> Result<Project, Refusal> {
    let project = store::project::get(state.store.read(), id).await?;
    state.auth.require(Some(actor), &project, need).await?;
    Ok(project)
}

/// A schedule of this project; those of another are nobody's business here.
async fn own_schedule(state: &WebState, project: &Project, id: Uuid) -> Result<Schedule, Refusal> {
    let schedule = store::schedule::get(state.store.read(), id).await?;
    match schedule.project_id == project.id {
        true => Ok(schedule),
        false => Err(store::Error::NotFound(format!("schedule `{id}`")).into()),
    }
}

fn settings(project: &Project, section: &str) -> Redirect {
    Redirect::to(&format!("{}#{section}", address::settings(&project.slug)))
}

/// `POST /actions/projects/{id}/schedules`.
pub(super) async fn add_schedule(
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
pub(super) async fn delete_schedule(
    State(state): State<WebState>,
    actor: Actor,
    Path((id, schedule)): Path<(ProjectId, Uuid)>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let schedule = own_schedule(&state, &project, schedule).await?;
    schedule::delete(&state.store, schedule.id).await?;
    info!("`{}` deleted the schedule `{}` of {}", actor.login(), schedule.name, project.slug);
    Ok(settings(&project, "schedules"))
}

/// `POST /actions/projects/{id}/schedules/{schedule}/run`: the same pipeline now, for the person who asks.
pub(super) async fn run_schedule(
    State(state): State<WebState>,
    actor: Actor,
    Path((id, schedule)): Path<(ProjectId, Uuid)>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let schedule = own_schedule(&state, &project, schedule).await?;
    let ScheduleSpec { parameters, git_ref, .. } = schedule::spec_of(&schedule);
    let wish = ApiTrigger { project: project.id, git_ref: Some(git_ref), parameters, actor: actor.person() };
    let pipeline = api::start(&state.store, &state.clock, wish).await?;
    Ok(Redirect::to(&address::pipeline(&pipeline.slug, pipeline.number)))
}

/// `POST /actions/projects/{id}/builds`.
pub(super) async fn set_builds(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(Builds { auto_cancel, only_pull_requests, build_forks }): Form<Builds>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Admin).await?;
    let wanted = TriggerSettings {
        auto_cancel: auto_cancel.is_some(),
        build_forks: build_forks.is_some(),
        only_pull_requests: only_pull_requests.is_some(),
    };
    let mut tx = state.store.begin().await?;
    trigger_setting::set(&mut tx, project.id, wanted).await?;
    tx.commit().await?;
    info!("`{}` changed what is built of {}: {wanted:?}", actor.login(), project.slug);
    Ok(settings(&project, "builds"))
}

/// `POST /actions/projects/{id}/run`: the newest commit of a branch; without one, of the default branch.
pub(super) async fn run(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(Run { branch }): Form<Run>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let git_ref = Some(branch.trim().to_owned()).filter(|branch| !branch.is_empty()).map(GitRef::Branch);
    let wish = ApiTrigger { project: project.id, git_ref, parameters: Map::new(), actor: actor.person() };
    let pipeline = api::start(&state.store, &state.clock, wish).await?;
    Ok(Redirect::to(&address::pipeline(&pipeline.slug, pipeline.number)))
}

/// `POST /actions/pipelines/{id}/again`: the same branch or tag with the same parameters, as it is now.
pub(super) async fn run_again(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<PipelineId>,
) -> Result<Redirect, Refusal> {
    let before = store::pipeline::get(state.store.read(), id).await?;
    let project = project(&state, &actor, before.project_id, Permission::Write).await?;
    let parameters = before.parameters.as_object().cloned().unwrap_or_default();
    let wish = ApiTrigger { project: project.id, git_ref: Some(before.git_ref), parameters, actor: actor.person() };
    let pipeline = api::start(&state.store, &state.clock, wish).await?;
    Ok(Redirect::to(&address::pipeline(&pipeline.slug, pipeline.number)))
}
