//! Schedules.

use axum::{Json, extract::State};
use http::StatusCode;
use model::project::GitRef;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use store::{project::Project, schedule::Schedule};

use super::{
    ApiState,
    access::Loaded,
    body::Body,
    encode::ScheduleBody,
    error::{ApiError, Result},
    page::Page,
};
use crate::{
    http::auth::Actor,
    trigger::{
        Timetable,
        schedule::{self, ScheduleSpec, Timing},
    },
};

/// Next times that are told.
const TIMES: usize = 5;

/// A schedule, or what of one is changed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Order {
    name: Option<String>,
    /// Given and null: it has none any more.
    #[serde(default, deserialize_with = "given")]
    description: Option<Option<String>>,
    timetable: Option<Timetable>,
    /// Beyond CircleCI: five fields of crontab, in place of a timetable.
    cron: Option<String>,
    attribution_actor: Option<Attribution>,
    parameters: Option<Map<String, Value>>,
}

/// Whose pipelines they are.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Attribution {
    Current,
    System,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn encode(schedule: &Schedule, project: &Project) -> ScheduleBody {
    ScheduleBody::new(schedule, project, schedule::next_times(schedule, TIMES))
}

/// `GET /project/{slug}/schedule`.
pub(super) async fn list(
    State(state): State<ApiState>,
    Loaded(project): Loaded<Project>,
) -> Result<Json<Page<ScheduleBody>>> {
    let schedules = schedule::list(&state.store, project.id).await?;
    Ok(Page::whole(schedules.iter().map(|schedule| encode(schedule, &project)).collect()))
}

/// `POST /project/{slug}/schedule`.
pub(super) async fn create(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(project): Loaded<Project>,
    Body(order): Body<Order>,
) -> Result<(StatusCode, Json<ScheduleBody>)> {
    let Order { name, description, timetable, cron, attribution_actor, parameters } = order;
    let (git_ref, parameters) = reference(parameters.unwrap_or_default())?;
    let spec = ScheduleSpec {
        name: name.ok_or_else(|| ApiError::refused("`name` is missing"))?,
        description: description.flatten(),
        timing: timing(timetable, cron)?.ok_or_else(|| ApiError::refused("`timetable` is missing"))?,
        parameters,
        git_ref: git_ref.ok_or_else(|| ApiError::refused("`parameters` need `branch` or `tag`"))?,
        actor: attributed(attribution_actor.unwrap_or(Attribution::Current), &actor),
    };
    let schedule = schedule::create(&state.store, &state.clock, project.id, spec).await?;
    Ok((StatusCode::CREATED, Json(encode(&schedule, &project))))
}

/// `GET /schedule/{schedule}`.
pub(super) async fn show(Loaded(schedule): Loaded<Schedule>, Loaded(project): Loaded<Project>) -> Json<ScheduleBody> {
    Json(encode(&schedule, &project))
}

/// `PATCH /schedule/{schedule}`.
pub(super) async fn update(
    State(state): State<ApiState>,
    actor: Actor,
    Loaded(found): Loaded<Schedule>,
    Loaded(project): Loaded<Project>,
    Body(order): Body<Order>,
) -> Result<Json<ScheduleBody>> {
    let Order { name, description, timetable, cron, attribution_actor, parameters } = order;
    let before = schedule::spec_of(&found);
    let (git_ref, parameters) = match parameters {
        Some(parameters) => {
            let (git_ref, parameters) = reference(parameters)?;
            (git_ref.unwrap_or(before.git_ref), parameters)
        }
        None => (before.git_ref, before.parameters),
    };
    let spec = ScheduleSpec {
        name: name.unwrap_or(before.name),
        description: description.unwrap_or(before.description),
        timing: timing(timetable, cron)?.unwrap_or(before.timing),
        parameters,
        git_ref,
        actor: match attribution_actor {
            Some(attribution) => attributed(attribution, &actor),
            None => before.actor,
        },
    };
    let schedule = schedule::update(&state.store, &state.clock, found.id, spec).await?;
    Ok(Json(encode(&schedule, &project)))
}

/// `DELETE /schedule/{schedule}`.
pub(super) async fn remove(State(state): State<ApiState>, Loaded(found): Loaded<Schedule>) -> Result<Json<Value>> {
    schedule::delete(&state.store, found.id).await?;
    Ok(Json(json!({ "message": "Schedule deleted." })))
}

fn timing(timetable: Option<Timetable>, cron: Option<String>) -> Result<Option<Timing>> {
    match (timetable, cron) {
        (Some(_), Some(_)) => Err(ApiError::refused("give `timetable` or `cron`, not both")),
        (Some(timetable), None) => Ok(Some(Timing::Timetable(timetable))),
        (None, Some(cron)) => Ok(Some(Timing::Cron(cron))),
        (None, None) => Ok(None),
    }
}

/// CircleCI keeps the branch or tag among the parameters.
fn reference(mut parameters: Map<String, Value>) -> Result<(Option<GitRef>, Map<String, Value>)> {
    let mut text = |name: &str| match parameters.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ApiError::refused(format!("`parameters.{name}` must be a text"))),
    };
    let git_ref = match (text("branch")?, text("tag")?) {
        (Some(_), Some(_)) => return Err(ApiError::refused("`parameters` have `branch` and `tag`: give one of them")),
        (Some(branch), None) => Some(GitRef::Branch(branch)),
        (None, Some(tag)) => Some(GitRef::Tag(tag)),
        (None, None) => None,
    };
    Ok((git_ref, parameters))
}

fn attributed(attribution: Attribution, actor: &Actor) -> Option<model::trigger::Actor> {
    match attribution {
        Attribution::Current => Some(actor.person()),
        Attribution::System => None,
    }
}
