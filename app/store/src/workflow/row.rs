//! A workflow's row.

use model::{
    id::{PipelineId, WorkflowId},
    plan::Skipped,
    time::Timestamp,
    trigger::Actor,
    workflow::WorkflowStatus,
};

use crate::{Error, Result, row};

/// What a rerun runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RerunKind {
    /// All jobs.
    FromStart,
    /// What did not succeed, and what comes after it.
    FromFailed,
    /// Chosen jobs, and what comes after them.
    Jobs,
    /// As [`FromFailed`](Self::FromFailed), and of tests that can be told apart only those that failed.
    FailedTests,
}

impl RerunKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::FromStart, Self::FromFailed, Self::Jobs, Self::FailedTests];

    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FromStart => "from_start",
            Self::FromFailed => "from_failed",
            Self::Jobs => "jobs",
            Self::FailedTests => "failed_tests",
        }
    }

    /// Reads [`RerunKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Which.
    pub id: WorkflowId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its name in the configuration.
    pub name: String,
    /// Its place in the configuration, from 0.
    pub position: u32,
    /// The fold over its jobs.
    pub status: WorkflowStatus,
    /// Jobs that this pipeline leaves out, and why.
    pub skipped: Vec<Skipped>,
    /// The first attempt, which may be this one: all attempts share its workspace.
    pub workspace_id: WorkflowId,
    /// Counts the attempts from 1.
    pub attempt: u32,
    /// The attempt that this one repeats.
    pub rerun_of: Option<WorkflowId>,
    /// What it repeats of that.
    pub rerun_kind: Option<RerunKind>,
    /// Who asked for the rerun; `None` for a first attempt and for an automatic rerun.
    pub rerun_by: Option<Actor>,
    /// Which automatic rerun it is, from 1; 0 for none.
    pub auto_rerun_number: u8,
    /// How often a failed run of it is repeated by itself.
    pub max_auto_reruns: u8,
    /// It was canceled as a whole: who or what did, in a sentence.
    pub cancel_reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last job ended.
    pub ended_at: Option<Timestamp>,
}

pub(super) struct WorkflowRow {
    pub id: String,
    pub pipeline_id: String,
    pub name: String,
    pub position: i64,
    pub status: String,
    pub skipped: String,
    pub workspace_id: String,
    pub attempt: i64,
    pub rerun_of: Option<String>,
    pub rerun_kind: Option<String>,
    pub rerun_by_id: Option<i64>,
    pub rerun_by_login: Option<String>,
    pub auto_rerun_number: i64,
    pub max_auto_reruns: i64,
    pub cancel_reason: Option<String>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

impl TryFrom<WorkflowRow> for Workflow {
    type Error = Error;

    fn try_from(row: WorkflowRow) -> Result<Self> {
        let kind = |kind: String| row::name("rerun_kind", &kind, RerunKind::from_name);
        Ok(Self {
            id: row::text("id", &row.id)?,
            pipeline_id: row::text("pipeline_id", &row.pipeline_id)?,
            name: row.name,
            position: row::number("position", row.position)?,
            status: row::name("status", &row.status, WorkflowStatus::from_name)?,
            skipped: row::json("skipped", &row.skipped)?,
            workspace_id: row::text("workspace_id", &row.workspace_id)?,
            attempt: row::number("attempt", row.attempt)?,
            rerun_of: row.rerun_of.map(|id| row::text("rerun_of", &id)).transpose()?,
            rerun_kind: row.rerun_kind.map(kind).transpose()?,
            rerun_by: row.rerun_by_login.map(|login| Actor { id: row.rerun_by_id, login }),
            auto_rerun_number: row::number("auto_rerun_number", row.auto_rerun_number)?,
            max_auto_reruns: row::number("max_auto_reruns", row.max_auto_reruns)?,
            cancel_reason: row.cancel_reason,
            created_at: row::time(row.created_at),
            ended_at: row.ended_at.map(row::time),
        })
    }
}

/// `SELECT … FROM workflow` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            WorkflowRow,
            "SELECT id, pipeline_id, name, position, status, skipped, workspace_id, attempt, rerun_of, rerun_kind,
                    rerun_by_id, rerun_by_login, auto_rerun_number, max_auto_reruns, cancel_reason, created_at, ended_at
             FROM workflow " + $rest
            $(, $argument)*
        )
    };
}
pub(super) use select;
