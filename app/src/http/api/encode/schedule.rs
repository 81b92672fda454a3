//! Schedules, with the dashes that CircleCI writes.

use model::{project::GitRef, time::Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{
    project::Project,
    schedule::{Origin, Schedule},
};
use uuid::Uuid;

use super::time::Time;
use crate::vcs::person_id;

/// A schedule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::http::api) struct ScheduleBody {
    id: Uuid,
    name: String,
    description: Option<String>,
    project_slug: String,
    created_at: Time,
    updated_at: Time,
    parameters: Map<String, Value>,
    actor: ActorPart,
    /// Null when it was made from `cron`.
    timetable: Option<Value>,
    /// Beyond CircleCI: five fields of crontab, in UTC.
    cron: String,
    /// Beyond CircleCI: `config` when the configuration of its branch has it, and not the API.
    origin: &'static str,
    /// Beyond CircleCI: when it fires next.
    next_times: Vec<Time>,
    /// Beyond CircleCI: what was missed last.
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct ActorPart {
    id: Uuid,
    login: String,
    name: String,
    avatar_url: Option<String>,
}

impl ScheduleBody {
    pub(in crate::http::api) fn new(schedule: &Schedule, project: &Project, next_times: Vec<Timestamp>) -> Self {
        let mut parameters = schedule.parameters.as_object().cloned().unwrap_or_default();
        let (kind, name) = match &schedule.git_ref {
            GitRef::Branch(name) => ("branch", name),
            GitRef::Tag(name) => ("tag", name),
        };
        parameters.insert(kind.to_owned(), Value::String(name.clone()));
        let actor = &schedule.actor;
        Self {
            id: schedule.id,
            name: schedule.name.clone(),
            description: schedule.description.clone(),
            project_slug: project.slug.to_string(),
            created_at: schedule.created_at.into(),
            updated_at: schedule.updated_at.into(),
            parameters,
            actor: ActorPart {
                id: person_id(project.slug.vcs, actor.id),
                login: actor.login.clone(),
                name: actor.login.clone(),
                avatar_url: None,
            },
            timetable: schedule.timetable.clone(),
            cron: schedule.cron.clone(),
            origin: match schedule.origin {
                Origin::Config => "config",
                Origin::Trigger => "api",
            },
            next_times: next_times.into_iter().map(Time::from).collect(),
            note: schedule.note.clone(),
        }
    }
}
