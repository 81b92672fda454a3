//! Starting pipelines: the newest commit of a branch, a schedule now, a pipeline once more.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use model::{id::ProjectId, permission::Permission, project::GitRef, trigger::Actor as Person};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{ask::Asked, project::project, refusal::Refusal, schedule::own as own_schedule};
use crate::{
    http::{
        auth::Actor,
        web::{WebState, address, parameter::Parameter},
    },
    trigger::{
        api::{self, ApiTrigger},
        schedule::{self, ScheduleSpec},
    },
};

/// Which branch is run.
#[derive(Debug, Deserialize)]
pub(super) struct Run {
    #[serde(default)]
    branch: String,
}

impl Run {
    /// `None`: the default branch.
    fn git_ref(self) -> Option<GitRef> {
        Some(self.branch.trim().to_owned()).filter(|branch| !branch.is_empty()).map(GitRef::Branch)
    }
}

/// What is started, and for whom.
struct Wish {
    project: ProjectId,
    git_ref: Option<GitRef>,
    parameters: Map<String, Value>,
    by: Person,
}

/// Starts a pipeline and leads to it.
async fn start(state: &WebState, wish: Wish) -> Result<Redirect, Refusal> {
    let Wish { project, git_ref, parameters, by } = wish;
    let wish = ApiTrigger { project, git_ref, parameters, actor: by };
    let pipeline = api::start(&state.store, &state.clock, wish).await?;
    Ok(Redirect::to(&address::pipeline(&pipeline.slug, pipeline.number)))
}

/// `POST /actions/projects/{id}/run`: the newest commit of a branch; without one, of the default branch.
pub(super) async fn run(
    State(state): State<WebState>,
    actor: Actor,
    Path(id): Path<ProjectId>,
    Form(run): Form<Run>,
) -> Result<Redirect, Refusal> {
    let project = project(&state, &actor, id, Permission::Write).await?;
    let wish = Wish { project: project.id, git_ref: run.git_ref(), parameters: Map::new(), by: actor.person() };
    start(&state, wish).await
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
    start(&state, Wish { project: project.id, git_ref: Some(git_ref), parameters, by: actor.person() }).await
}

/// `POST /actions/pipelines/{id}/again`: the same branch or tag as it is now, with the parameters of the form. What the form
/// leaves as the configuration has it is not given: a new default then holds.
pub(super) async fn run_again(
    State(state): State<WebState>,
    asked: Asked<()>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Refusal> {
    let Asked { by, row: (), pipeline } = asked;
    let mut parameters = Map::new();
    for parameter in Parameter::load(&state.store, &pipeline).await? {
        let field = fields.iter().find(|(name, _)| *name == parameter.field());
        match field {
            Some((_, text)) => {
                if let Some(value) = parameter.read(text).map_err(Refusal::invalid)? {
                    parameters.insert(parameter.name, value);
                }
            }
            // A form without it leaves it as it was.
            None => parameters.extend(parameter.given.map(|value| (parameter.name, value))),
        }
    }
    start(&state, Wish { project: pipeline.project_id, git_ref: Some(pipeline.git_ref), parameters, by }).await
}
