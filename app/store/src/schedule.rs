//! Schedules: pipelines that start by themselves. Minutes are computed by the caller: the store knows no calendar.

use model::{
    id::{PipelineId, ProjectId},
    project::GitRef,
    time::Timestamp,
    trigger::Actor,
};
use serde_json::Value;
use sqlx::SqliteExecutor;
use uuid::Uuid;

use crate::{Error, Result, Stage, Topic, Tx, row};

/// A schedule whose last minute lies so far in the future, in milliseconds, was decided under a clock that was wrong.
const CLOCK_DOUBT_MS: i64 = 3_600_000;

/// Where a schedule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The configuration of its branch.
    Config,
    /// Somebody made it.
    Trigger,
}

impl Origin {
    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Trigger => "trigger",
        }
    }

    /// Reads [`Origin::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Config, Self::Trigger].into_iter().find(|origin| origin.name() == name)
    }
}

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Which.
    pub id: Uuid,
    /// Its project.
    pub project_id: ProjectId,
    /// Where it comes from.
    pub origin: Origin,
    /// What people call it; of a configuration's, the name of the one workflow that it runs.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it fires, in UTC: five fields of `crontab`.
    pub cron: String,
    /// What `cron` was made from, when it was: a timetable of the API.
    pub timetable: Option<Value>,
    /// Pipeline parameters that it gives: an object.
    pub parameters: Value,
    /// The branch or tag that it builds.
    pub git_ref: GitRef,
    /// Whose pipelines they are.
    pub actor: Actor,
    /// When it fires next; `None`: never again.
    pub next_at: Option<Timestamp>,
    /// The last minute that was decided about.
    pub last_slot_at: Option<Timestamp>,
    /// What was missed last, in a sentence.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody changed it last.
    pub updated_at: Timestamp,
}

/// A schedule to be made, or what one is changed to.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSchedule {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Five fields of `crontab`.
    pub cron: String,
    /// What `cron` was made from, when it was.
    pub timetable: Option<Value>,
    /// Pipeline parameters: an object.
    pub parameters: Value,
    /// The branch or tag that it builds.
    pub git_ref: GitRef,
    /// Whose pipelines they are.
    pub actor: Actor,
    /// When it fires first; `None`: never.
    pub next_at: Option<Timestamp>,
}

/// A schedule as a configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSchedule {
    /// The workflow that it runs.
    pub workflow: String,
    /// Five fields of `crontab`.
    pub cron: String,
    /// When it fires first, should it be new; `None`: never.
    pub next_at: Option<Timestamp>,
}

/// What a schedule has to do with a pipeline that it started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRun {
    /// The schedule; it may be gone.
    pub schedule_id: Uuid,
    /// Its name then.
    pub schedule_name: String,
    /// The minute.
    pub slot_at: Timestamp,
    /// The only workflow that runs, of a configuration's schedule.
    pub workflow: Option<String>,
}

struct ScheduleRow {
    id: String,
    project_id: String,
    origin: String,
    name: String,
    description: Option<String>,
    cron: String,
    timetable: Option<String>,
    parameters: String,
    ref_kind: String,
    ref_name: String,
    actor_id: Option<i64>,
    actor_login: String,
    next_at: Option<i64>,
    last_slot_at: Option<i64>,
    note: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<ScheduleRow> for Schedule {
    type Error = Error;

    fn try_from(row: ScheduleRow) -> Result<Self> {
        Ok(Self {
            id: row::text("id", &row.id)?,
            project_id: row::text("project_id", &row.project_id)?,
            origin: row::name("origin", &row.origin, Origin::from_name)?,
            name: row.name,
            description: row.description,
            cron: row.cron,
            timetable: row.timetable.map(|timetable| row::json("timetable", &timetable)).transpose()?,
            parameters: row::json("parameters", &row.parameters)?,
            git_ref: row::git_ref(&row.ref_kind, row.ref_name),
            actor: Actor { id: row.actor_id, login: row.actor_login },
            next_at: row.next_at.map(row::time),
            last_slot_at: row.last_slot_at.map(row::time),
            note: row.note,
            created_at: row::time(row.created_at),
            updated_at: row::time(row.updated_at),
        })
    }
}

/// `SELECT … FROM schedule` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            ScheduleRow,
            "SELECT id, project_id, origin, name, description, cron, timetable, parameters, ref_kind, ref_name, actor_id,
                    actor_login, next_at, last_slot_at, note, created_at, updated_at
             FROM schedule " + $rest
            $(, $argument)*
        )
    };
}

/// Makes a schedule that nobody's configuration has.
pub async fn create(tx: &mut Tx, project: ProjectId, new: &NewSchedule, now: Timestamp) -> Result<Schedule> {
    let id = insert(tx, project, Origin::Trigger, new, now).await?;
    get(tx.db(), id).await
}

async fn insert(tx: &mut Tx, project: ProjectId, origin: Origin, new: &NewSchedule, now: Timestamp) -> Result<Uuid> {
    let NewSchedule { name, description, cron, timetable, parameters, git_ref, actor, next_at } = new;
    let Actor { id: actor_id, login: actor_login } = actor;
    let id = row::new_id();
    let (key, project_key, origin) = (id.to_string(), project.to_string(), origin.name());
    let (ref_kind, ref_name) = (row::ref_kind(git_ref), git_ref.name());
    let timetable = timetable.as_ref().map(row::to_json).transpose()?;
    let (parameters, next_at, now) = (row::to_json(parameters)?, next_at.map(Timestamp::millis), now.millis());
    sqlx::query!(
        "INSERT INTO schedule (id, project_id, origin, name, description, cron, timetable, parameters, ref_kind, ref_name,
                               actor_id, actor_login, next_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)",
        key,
        project_key,
        origin,
        name,
        description,
        cron,
        timetable,
        parameters,
        ref_kind,
        ref_name,
        actor_id,
        actor_login,
        next_at,
        now
    )
    .execute(tx.db())
    .await?;
    tx.wake(Stage::Schedule);
    tx.changed(Topic::Project(project));
    Ok(id)
}

/// Changes a schedule that nobody's configuration has.
///
/// # Errors
/// `NotFound`; `Conflict` when a configuration has it.
pub async fn update(tx: &mut Tx, id: Uuid, new: &NewSchedule, now: Timestamp) -> Result<Schedule> {
    let NewSchedule { name, description, cron, timetable, parameters, git_ref, actor, next_at } = new;
    let Actor { id: actor_id, login: actor_login } = actor;
    let schedule = changeable(tx, id).await?;
    let (key, ref_kind, ref_name) = (id.to_string(), row::ref_kind(git_ref), git_ref.name());
    let timetable = timetable.as_ref().map(row::to_json).transpose()?;
    let (parameters, next_at, now) = (row::to_json(parameters)?, next_at.map(Timestamp::millis), now.millis());
    sqlx::query!(
        "UPDATE schedule SET name = ?2, description = ?3, cron = ?4, timetable = ?5, parameters = ?6, ref_kind = ?7,
                             ref_name = ?8, actor_id = ?9, actor_login = ?10, next_at = ?11, updated_at = ?12
         WHERE id = ?1",
        key,
        name,
        description,
        cron,
        timetable,
        parameters,
        ref_kind,
        ref_name,
        actor_id,
        actor_login,
        next_at,
        now
    )
    .execute(tx.db())
    .await?;
    tx.wake(Stage::Schedule);
    tx.changed(Topic::Project(schedule.project_id));
    get(tx.db(), id).await
}

/// Removes a schedule that nobody's configuration has. The pipelines that it started stay.
///
/// # Errors
/// `NotFound`; `Conflict` when a configuration has it.
pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    let schedule = changeable(tx, id).await?;
    let key = id.to_string();
    sqlx::query!("DELETE FROM schedule WHERE id = ?1", key).execute(tx.db()).await?;
    tx.changed(Topic::Project(schedule.project_id));
    Ok(())
}

async fn changeable(tx: &mut Tx, id: Uuid) -> Result<Schedule> {
    let schedule = get(tx.db(), id).await?;
    match schedule.origin {
        Origin::Trigger => Ok(schedule),
        Origin::Config => Err(Error::Conflict(format!(
            "schedule `{}` is in the configuration of the branch `{}`: change it there, and push",
            schedule.name,
            schedule.git_ref.name()
        ))),
    }
}

/// From now on a branch's configuration has exactly these schedules. Those that it had before go on as they were.
pub async fn replace_of_branch(
    tx: &mut Tx,
    project: ProjectId,
    branch: &str,
    schedules: &[ConfigSchedule],
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    let key = project.to_string();
    let before = select!("WHERE project_id = ?1 AND origin = 'config' AND ref_name = ?2", key, branch)
        .fetch_all(tx.db())
        .await?;
    let before = before.into_iter().map(Schedule::try_from).collect::<Result<Vec<_>>>()?;
    for gone in &before {
        if !schedules.iter().any(|new| new.workflow == gone.name && new.cron == gone.cron) {
            let id = gone.id.to_string();
            sqlx::query!("DELETE FROM schedule WHERE id = ?1", id).execute(tx.db()).await?;
            tx.changed(Topic::Project(project));
        }
    }
    let mut known: Vec<(&str, &str)> = before.iter().map(|old| (&*old.name, &*old.cron)).collect();
    for ConfigSchedule { workflow, cron, next_at } in schedules {
        if known.contains(&(workflow, cron)) {
            continue;
        }
        let new = NewSchedule {
            name: workflow.clone(),
            description: None,
            cron: cron.clone(),
            timetable: None,
            parameters: Value::Object(serde_json::Map::new()),
            git_ref: GitRef::Branch(branch.to_owned()),
            actor: actor.clone(),
            next_at: *next_at,
        };
        insert(tx, project, Origin::Config, &new, now).await?;
        known.push((workflow, cron));
    }
    Ok(())
}

/// The schedule.
pub async fn get(db: impl SqliteExecutor<'_>, id: Uuid) -> Result<Schedule> {
    find(db, id).await?.ok_or_else(|| Error::NotFound(format!("schedule `{id}`")))
}

/// The schedule, if there is one.
pub async fn find(db: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<Schedule>> {
    let key = id.to_string();
    select!("WHERE id = ?1", key).fetch_optional(db).await?.map(Schedule::try_from).transpose()
}

/// All schedules of a project, the oldest first.
pub async fn list_by_project(db: impl SqliteExecutor<'_>, project: ProjectId) -> Result<Vec<Schedule>> {
    let key = project.to_string();
    let rows = select!("WHERE project_id = ?1 ORDER BY id", key).fetch_all(db).await?;
    rows.into_iter().map(Schedule::try_from).collect()
}

/// The schedule that is due longest; or one whose last minute shows that the clock was wrong.
pub async fn next_due(db: impl SqliteExecutor<'_>, now: Timestamp) -> Result<Option<Schedule>> {
    let (now, doubt) = (now.millis(), now.plus_millis(CLOCK_DOUBT_MS).millis());
    select!("WHERE next_at <= ?1 OR last_slot_at > ?2 ORDER BY next_at, id LIMIT 1", now, doubt)
        .fetch_optional(db)
        .await?
        .map(Schedule::try_from)
        .transpose()
}

/// When the next schedule falls due; `None` when none does.
pub async fn next_due_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(r#"SELECT min(next_at) AS "at?: i64" FROM schedule WHERE next_at IS NOT NULL"#)
        .fetch_one(db)
        .await?;
    Ok(at.map(row::time))
}

/// A minute was decided about. `note` says what was missed; `None` keeps what was said before. `last_slot_at` may go back:
/// the clock did.
pub async fn decided(
    tx: &mut Tx,
    id: Uuid,
    last_slot_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
    note: Option<&str>,
) -> Result<()> {
    let (key, slot, next) = (id.to_string(), last_slot_at.map(Timestamp::millis), next_at.map(Timestamp::millis));
    sqlx::query!(
        "UPDATE schedule SET last_slot_at = ?2, next_at = ?3, note = coalesce(?4, note) WHERE id = ?1",
        key,
        slot,
        next,
        note
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Whether a minute of a schedule has had its pipeline.
pub async fn has_run(db: impl SqliteExecutor<'_>, id: Uuid, slot_at: Timestamp) -> Result<bool> {
    let (key, slot) = (id.to_string(), slot_at.millis());
    let found =
        sqlx::query_scalar!("SELECT slot_at FROM schedule_run WHERE schedule_id = ?1 AND slot_at = ?2", key, slot)
            .fetch_optional(db)
            .await?;
    Ok(found.is_some())
}

/// Keeps which minute of a schedule a pipeline stands for.
pub async fn record_run(tx: &mut Tx, schedule: &Schedule, slot_at: Timestamp, pipeline: PipelineId) -> Result<()> {
    let (pipeline, id, slot) = (pipeline.to_string(), schedule.id.to_string(), slot_at.millis());
    let workflow = match schedule.origin {
        Origin::Config => Some(&schedule.name),
        Origin::Trigger => None,
    };
    sqlx::query!(
        "INSERT INTO schedule_run (pipeline_id, schedule_id, slot_at, schedule_name, workflow)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        pipeline,
        id,
        slot,
        schedule.name,
        workflow
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// What a schedule has to do with a pipeline, if one started it.
pub async fn find_run(db: impl SqliteExecutor<'_>, pipeline: PipelineId) -> Result<Option<ScheduleRun>> {
    let key = pipeline.to_string();
    let found = sqlx::query!(
        "SELECT schedule_id, slot_at, schedule_name, workflow FROM schedule_run WHERE pipeline_id = ?1",
        key
    )
    .fetch_optional(db)
    .await?;
    found
        .map(|run| {
            Ok(ScheduleRun {
                schedule_id: row::text("schedule_id", &run.schedule_id)?,
                schedule_name: run.schedule_name,
                slot_at: row::time(run.slot_at),
                workflow: run.workflow,
            })
        })
        .transpose()
}
