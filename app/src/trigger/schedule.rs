//! Schedules that people make, through the API or at the dashboard. Those of configurations are kept by the compiler.

use config::cron::Cron;
use model::{id::ProjectId, project::GitRef, time::Timestamp, trigger::Actor};
use serde_json::{Map, Value};
use store::{
    Store, project,
    schedule::{self, NewSchedule, Origin, Schedule},
};
use uuid::Uuid;

use super::{InvalidTimetable, Timetable, TriggerError, parameter, reference};
use crate::clock::Clock;

/// Whose pipelines they are when nobody's name stands for them.
pub const SYSTEM_ACTOR: &str = "scheduling system";

/// When a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Five fields of `crontab`, in UTC.
    Cron(String),
    /// A timetable of CircleCI's API.
    Timetable(Timetable),
}

/// A schedule as somebody wants it.
#[derive(Clone, Debug)]
pub struct ScheduleSpec {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it fires.
    pub timing: Timing,
    /// Pipeline parameters, without `branch` and `tag`.
    pub parameters: Map<String, Value>,
    /// The branch or tag that it builds.
    pub git_ref: GitRef,
    /// Whose pipelines they are; `None`: [`SYSTEM_ACTOR`].
    pub actor: Option<Actor>,
}

/// Makes a schedule. It fires first in the next minute that fits.
///
/// # Errors
/// `NotFound` without such a project, `Refused` with what is wrong with it.
pub async fn create(
    store: &Store,
    clock: &Clock,
    project: ProjectId,
    spec: ScheduleSpec,
) -> Result<Schedule, TriggerError> {
    let now = clock.now();
    let new = checked(spec, now)?;
    let mut tx = store.begin().await?;
    let project = project::get(tx.db(), project).await?;
    let schedule = schedule::create(&mut tx, project.id, &new, now).await?;
    tx.commit().await?;
    Ok(schedule)
}

/// Changes a schedule, all of it.
///
/// # Errors
/// `NotFound`; `Refused` with what is wrong, also when a configuration has it.
pub async fn update(store: &Store, clock: &Clock, id: Uuid, spec: ScheduleSpec) -> Result<Schedule, TriggerError> {
    let now = clock.now();
    let new = checked(spec, now)?;
    let mut tx = store.begin().await?;
    let schedule = schedule::update(&mut tx, id, &new, now).await?;
    tx.commit().await?;
    Ok(schedule)
}

/// Removes a schedule. The pipelines that it started stay.
///
/// # Errors
/// `NotFound`; `Refused` when a configuration has it.
pub async fn delete(store: &Store, id: Uuid) -> Result<(), TriggerError> {
    let mut tx = store.begin().await?;
    schedule::delete(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// All schedules of a project, those of configurations included, the oldest first.
///
/// # Errors
/// The rows could not be read.
pub async fn list(store: &Store, project: ProjectId) -> Result<Vec<Schedule>, TriggerError> {
    Ok(schedule::list_by_project(store.read(), project).await?)
}

/// A schedule as somebody would have to want it for it to be what it is: to change a part of it.
pub fn spec_of(schedule: &Schedule) -> ScheduleSpec {
    let timetable = schedule.timetable.clone().and_then(|timetable| serde_json::from_value(timetable).ok());
    ScheduleSpec {
        name: schedule.name.clone(),
        description: schedule.description.clone(),
        timing: timetable.map_or_else(|| Timing::Cron(schedule.cron.clone()), Timing::Timetable),
        parameters: schedule.parameters.as_object().cloned().unwrap_or_default(),
        git_ref: schedule.git_ref.clone(),
        actor: Some(schedule.actor.clone()),
    }
}

/// The next times that a schedule fires, at most `count`, from its row: what was decided about is over.
pub fn next_times(schedule: &Schedule, count: usize) -> Vec<Timestamp> {
    let Ok(cron) = Cron::parse(&schedule.cron) else { return Vec::new() };
    let mut times = Vec::with_capacity(count);
    let mut next = schedule.next_at;
    while let Some(at) = next
        && times.len() < count
    {
        times.push(at);
        next = cron.next_after(at);
    }
    times
}

/// What it is called, for people: a configuration's names its branch.
pub fn title(schedule: &Schedule) -> String {
    match schedule.origin {
        Origin::Config => format!("{} (in the configuration of {})", schedule.name, schedule.git_ref.name()),
        Origin::Trigger => schedule.name.clone(),
    }
}

fn checked(spec: ScheduleSpec, now: Timestamp) -> Result<NewSchedule, TriggerError> {
    let ScheduleSpec { name, description, timing, parameters, git_ref, actor } = spec;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(TriggerError::refused("the name of a schedule has from 1 to 200 characters"));
    }
    parameter::check(&parameters)?;
    reference::check(&git_ref)?;
    let (cron, timetable) = match timing {
        Timing::Cron(text) => (text, None),
        Timing::Timetable(timetable) => {
            let cron =
                timetable.cron().map_err(|InvalidTimetable(why)| TriggerError::refused(format!("timetable: {why}")))?;
            (cron, Some(timetable))
        }
    };
    let parsed = Cron::parse(&cron)
        .map_err(|error| TriggerError::refused(format!("`{cron}` is not a schedule: {error}; {}", error.help)))?;
    let timetable = match timetable {
        Some(timetable) => {
            Some(serde_json::to_value(timetable).map_err(|error| TriggerError::refused(error.to_string()))?)
        }
        None => None,
    };
    Ok(NewSchedule {
        name,
        description: description.filter(|text| !text.trim().is_empty()),
        cron: parsed.as_str().to_owned(),
        timetable,
        parameters: Value::Object(parameters),
        git_ref,
        actor: actor.unwrap_or_else(|| Actor { id: None, login: SYSTEM_ACTOR.to_owned() }),
        next_at: parsed.next_after(now),
    })
}
