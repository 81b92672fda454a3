//! A job's row.

use model::{
    id::{JobId, PipelineId, ProjectId, WorkflowId},
    job::JobState,
    plan::{GroupRole, JobGroup, JobKind, Requires, ResourceClass, SerialGroup},
    time::Timestamp,
};

use super::Needs;
use crate::{Error, Result, row};

/// What a job is. Its plan is read apart, with [`get_plan`](super::get_plan).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobType {
    /// Steps on a runner.
    Build,
    /// Waits for a person.
    Approval,
    /// Nothing: joins and splits a graph.
    NoOp,
    /// Tells a release.
    Release,
}

impl JobType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Build, Self::Approval, Self::NoOp, Self::Release];

    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Approval => "approval",
            Self::NoOp => "no_op",
            Self::Release => "release",
        }
    }

    /// Reads [`JobType::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The type of a planned job.
    pub const fn of(kind: &JobKind) -> Self {
        match kind {
            JobKind::Build { .. } => Self::Build,
            JobKind::Approval => Self::Approval,
            JobKind::NoOp => Self::NoOp,
            JobKind::Release { .. } => Self::Release,
        }
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// Counts in its project from 1. A job that [reuses](Self::reuses) another has that one's number: it is the same run.
    pub number: u64,
    /// Its name in the workflow.
    pub name: String,
    /// Its place in the configuration, from 0.
    pub position: u32,
    /// What it is.
    pub kind: JobType,
    /// Where it stands.
    pub state: JobState,
    /// One sentence of cause, for every end that is no success.
    pub reason: Option<String>,
    /// Why it waits, in a sentence: the words of whoever decided it. `None` while it runs and once it has ended.
    pub waits_for: Option<String>,
    /// What must have ended before it may start.
    pub requires: Vec<Requires>,
    /// The job group that it belongs to.
    pub group: Option<JobGroup>,
    /// The job of an earlier attempt whose run counts here too: this one has no tasks, no logs and no layers of its own.
    pub reuses: Option<JobId>,
    /// At most one job of a serial group runs at a time. At the entry of a job group it is the whole group's.
    pub serial_group: Option<SerialGroup>,
    /// What its runner must offer; `None` for those that need no runner.
    pub needs: Option<Needs>,
    /// How much machine it asks for.
    pub resource_class: Option<ResourceClass>,
    /// How many tasks it has.
    pub parallelism: u32,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began to wait for a runner.
    pub queued_at: Option<Timestamp>,
    /// When a runner first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When the output of its steps was deleted, being old enough.
    pub logs_deleted_at: Option<Timestamp>,
}

impl Job {
    /// The job that did its work: itself, or the one that it reuses. Tasks, logs, artifacts and layers are that one's.
    pub fn origin(&self) -> JobId {
        self.reuses.unwrap_or(self.id)
    }
}

pub(super) struct JobRow {
    pub id: String,
    pub workflow_id: String,
    pub pipeline_id: String,
    pub project_id: String,
    pub number: i64,
    pub name: String,
    pub position: i64,
    pub kind: String,
    pub state: String,
    pub outcome: Option<String>,
    pub reason: Option<String>,
    pub waits_for: Option<String>,
    pub requires: String,
    pub job_group: Option<String>,
    pub group_role: Option<String>,
    pub reuses: Option<String>,
    pub serial_group: Option<String>,
    pub needs: Option<String>,
    pub resource_class: Option<String>,
    pub parallelism: i64,
    pub approved_by: Option<String>,
    pub created_at: i64,
    pub queued_at: Option<i64>,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub logs_deleted_at: Option<i64>,
}

impl TryFrom<JobRow> for Job {
    type Error = Error;

    fn try_from(row: JobRow) -> Result<Self> {
        Ok(Self {
            id: row::text("id", &row.id)?,
            workflow_id: row::text("workflow_id", &row.workflow_id)?,
            pipeline_id: row::text("pipeline_id", &row.pipeline_id)?,
            project_id: row::text("project_id", &row.project_id)?,
            number: row::number("number", row.number)?,
            name: row.name,
            position: row::number("position", row.position)?,
            kind: row::name("kind", &row.kind, JobType::from_name)?,
            state: row::name("state", &row.state, |phase| JobState::from_row(phase, row.outcome.as_deref()))?,
            reason: row.reason,
            waits_for: row.waits_for,
            requires: row::json("requires", &row.requires)?,
            group: group(row.job_group, row.group_role)?,
            reuses: row.reuses.map(|id| row::text("reuses", &id)).transpose()?,
            serial_group: row.serial_group.map(SerialGroup),
            needs: row.needs.map(|needs| row::name("needs", &needs, Needs::from_name)).transpose()?,
            resource_class: row.resource_class.map(ResourceClass),
            parallelism: row::number("parallelism", row.parallelism)?,
            approved_by: row.approved_by,
            created_at: row::time(row.created_at),
            queued_at: row.queued_at.map(row::time),
            started_at: row.started_at.map(row::time),
            ended_at: row.ended_at.map(row::time),
            logs_deleted_at: row.logs_deleted_at.map(row::time),
        })
    }
}

/// The names of roles in rows.
pub(super) const ROLES: [(&str, GroupRole); 3] =
    [("entry", GroupRole::Entry), ("member", GroupRole::Member), ("exit", GroupRole::Exit)];

fn group(name: Option<String>, role: Option<String>) -> Result<Option<JobGroup>> {
    let role_of = |name: &str| ROLES.into_iter().find(|(known, _)| *known == name).map(|(_, role)| role);
    match (name, role) {
        (Some(name), Some(role)) => Ok(Some(JobGroup { name, role: row::name("group_role", &role, role_of)? })),
        (_, _) => Ok(None),
    }
}

/// `SELECT … FROM job` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            JobRow,
            r#"SELECT j.id AS "id!", j.workflow_id AS "workflow_id!", w.pipeline_id AS "pipeline_id!",
                      j.project_id AS "project_id!", coalesce(o.number, j.number) AS "number!: i64", j.name AS "name!", j.position AS "position!",
                      j.kind AS "kind!", j.state AS "state!", j.outcome, j.reason, j.waits_for,
                      j.requires AS "requires!", j.job_group, j.group_role, j.reuses, j.serial_group, j.needs, j.resource_class, j.parallelism AS "parallelism!", j.approved_by,
                      j.created_at AS "created_at!", j.queued_at, j.started_at, j.ended_at,
                      coalesce(o.logs_deleted_at, j.logs_deleted_at) AS "logs_deleted_at?: i64"
               FROM job j JOIN workflow w ON w.id = j.workflow_id LEFT JOIN job o ON o.id = j.reuses "# + $rest
            $(, $argument)*
        )
    };
}
pub(super) use select;
