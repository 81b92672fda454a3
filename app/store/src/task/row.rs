//! A task's row.

use model::{
    id::{JobId, RunnerId, TaskId},
    job::Outcome,
    protocol::Epoch,
    time::Timestamp,
};

use crate::{Error, Result, row};

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waits for a runner.
    Queued,
    /// A runner has it until its lease ends.
    Running {
        /// Which runner.
        runner: RunnerId,
        /// When it is lost, unless renewed.
        lease_until: Timestamp,
    },
    /// It is over.
    Ended(Outcome),
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Which.
    pub id: TaskId,
    /// Whose.
    pub job_id: JobId,
    /// Which of its job's tasks, from 0.
    pub node_index: u32,
    /// Where it stands.
    pub state: TaskState,
    /// One sentence of cause, for every end that is no success; why it shall stop, when that was asked for.
    pub reason: Option<String>,
    /// Counts its claims; 0 before the first.
    pub epoch: Epoch,
    /// The runner that has it, or had it last.
    pub runner_id: Option<RunnerId>,
    /// SHA-256 of the token of its current claim.
    pub token_hash: Option<Vec<u8>>,
    /// When it was claimed.
    pub claimed_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether a step of the user's has begun in this claim: then it is never given to another runner.
    pub started_user_step: bool,
    /// Number of the last stored event of this claim.
    pub last_seq: u64,
    /// Whether it should stop.
    pub cancel_requested: bool,
    /// How often it was given back.
    pub unclaimed_count: u32,
    /// The runner that gave it back last.
    pub given_back_by: Option<RunnerId>,
}

pub(super) struct TaskRow {
    pub id: String,
    pub job_id: String,
    pub node_index: i64,
    pub state: String,
    pub outcome: Option<String>,
    pub reason: Option<String>,
    pub epoch: i64,
    pub runner_id: Option<String>,
    pub token_hash: Option<Vec<u8>>,
    pub lease_until: Option<i64>,
    pub claimed_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub started_user_step: i64,
    pub last_seq: i64,
    pub cancel_requested: i64,
    pub unclaimed_count: i64,
    pub given_back_by: Option<String>,
}

impl TryFrom<TaskRow> for Task {
    type Error = Error;

    fn try_from(row: TaskRow) -> Result<Self> {
        let runner_id = row.runner_id.map(|id| row::text("runner_id", &id)).transpose()?;
        let state = row::name("state", &row.state, |state| {
            match (state, runner_id, row.lease_until, row.outcome.as_deref()) {
                ("queued", _, None, None) => Some(TaskState::Queued),
                ("running", Some(runner), Some(until), None) => {
                    Some(TaskState::Running { runner, lease_until: Timestamp::from_millis(until) })
                }
                ("ended", _, None, Some(outcome)) => Outcome::from_name(outcome).map(TaskState::Ended),
                _ => None,
            }
        })?;
        Ok(Self {
            id: row::text("id", &row.id)?,
            job_id: row::text("job_id", &row.job_id)?,
            node_index: row::number("node_index", row.node_index)?,
            state,
            reason: row.reason,
            epoch: Epoch(row::number("epoch", row.epoch)?),
            runner_id,
            token_hash: row.token_hash,
            claimed_at: row.claimed_at.map(row::time),
            ended_at: row.ended_at.map(row::time),
            started_user_step: row.started_user_step != 0,
            last_seq: row::number("last_seq", row.last_seq)?,
            cancel_requested: row.cancel_requested != 0,
            unclaimed_count: row::number("unclaimed_count", row.unclaimed_count)?,
            given_back_by: row.given_back_by.map(|id| row::text("given_back_by", &id)).transpose()?,
        })
    }
}

/// An update of one task with its row as it is then.
macro_rules! update {
    ($set:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            TaskRow,
            "UPDATE task SET " + $set +
            r#" RETURNING id AS "id!", job_id, node_index, state, outcome AS "outcome?", reason AS "reason?", epoch,
                          runner_id AS "runner_id?", token_hash AS "token_hash?", lease_until AS "lease_until?",
                          claimed_at AS "claimed_at?", ended_at AS "ended_at?", started_user_step, last_seq,
                          cancel_requested, unclaimed_count, given_back_by AS "given_back_by?""#
            $(, $argument)*
        )
    };
}
pub(super) use update;

/// `SELECT … FROM task` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            TaskRow,
            "SELECT id, job_id, node_index, state, outcome, reason, epoch, runner_id, token_hash, lease_until, claimed_at,
                    ended_at, started_user_step, last_seq, cancel_requested, unclaimed_count, given_back_by
             FROM task " + $rest
            $(, $argument)*
        )
    };
}
pub(super) use select;
