//! The outbox of commit statuses: what a forge should show, and what it was told last.

use model::{
    id::{PipelineId, ProjectId},
    project::Sha,
    time::Timestamp,
};
use serde::Serialize;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Stage, Tx, row};

/// The longest description that forges take, in characters.
const DESCRIPTION: usize = 140;

/// The state of a commit status, in GitHub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusState {
    /// Not over.
    Pending,
    /// Good.
    Success,
    /// The commit is to blame.
    Failure,
    /// Something else is to blame.
    Error,
}

impl StatusState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Success, Self::Failure, Self::Error];

    /// The name in rows, and at GitHub.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }

    /// Reads [`StatusState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What a forge should show on a commit under one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Whose commit.
    pub project_id: ProjectId,
    /// The pipeline that says so.
    pub pipeline_id: PipelineId,
    /// The commit.
    pub sha: Sha,
    /// `PREFIX: JOB`.
    pub context: String,
    /// The state.
    pub state: StatusState,
    /// A short sentence; cut where forges would refuse it.
    pub description: String,
    /// The page behind it.
    pub target_url: String,
}

/// A wish that the forge does not know yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusTarget {
    /// The wish.
    pub desired: Desired,
    /// Its number: tell it to [`sent`], [`failed`] or [`give_up`].
    pub seq: u64,
    /// How often sending has failed since it last worked.
    pub tries: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

struct StatusRow {
    project_id: String,
    pipeline_id: String,
    sha: String,
    context: String,
    desired_state: String,
    description: String,
    target_url: String,
    desired_seq: i64,
    tries: i64,
    last_error: Option<String>,
}

impl TryFrom<StatusRow> for StatusTarget {
    type Error = Error;

    fn try_from(row: StatusRow) -> Result<Self> {
        Ok(Self {
            desired: Desired {
                project_id: row::text("project_id", &row.project_id)?,
                pipeline_id: row::text("pipeline_id", &row.pipeline_id)?,
                sha: row::text("sha", &row.sha)?,
                context: row.context,
                state: row::name("desired_state", &row.desired_state, StatusState::from_name)?,
                description: row.description,
                target_url: row.target_url,
            },
            seq: row::number("desired_seq", row.desired_seq)?,
            tries: row::number("tries", row.tries)?,
            last_error: row.last_error,
        })
    }
}

/// Stores a wish; a newer one replaces an older one that was not sent. The same wish again changes nothing.
pub async fn set_desired(tx: &mut Tx, desired: &Desired, now: Timestamp) -> Result<()> {
    set_all_desired(tx, std::slice::from_ref(desired), now).await
}

/// The same of many wishes, in one statement.
pub(crate) async fn set_all_desired(tx: &mut Tx, desired: &[Desired], now: Timestamp) -> Result<()> {
    if desired.is_empty() {
        return Ok(());
    }
    let rows: Vec<Wish<'_>> = desired.iter().map(Wish::of).collect();
    let (rows, now) = (row::to_json(&rows)?, now.millis());
    sqlx::query!(
        "INSERT INTO status_target (project_id, sha, context, pipeline_id, desired_state, description, target_url,
                                    next_try_at, updated_at)
         SELECT value ->> 'project_id', value ->> 'sha', value ->> 'context', value ->> 'pipeline_id', value ->> 'state',
                value ->> 'description', value ->> 'target_url', ?2, ?2
         FROM json_each(?1) WHERE true
         ON CONFLICT (project_id, sha, context) DO UPDATE SET
             pipeline_id = excluded.pipeline_id, desired_state = excluded.desired_state,
             description = excluded.description, target_url = excluded.target_url,
             desired_seq = desired_seq + 1, updated_at = excluded.updated_at,
             next_try_at = CASE WHEN tries = 0 THEN excluded.next_try_at ELSE next_try_at END
         WHERE desired_state <> excluded.desired_state OR description <> excluded.description
            OR target_url <> excluded.target_url",
        rows,
        now
    )
    .execute(tx.db())
    .await?;
    tx.wake(Stage::Notify);
    Ok(())
}

/// A wish as a row.
#[derive(Serialize)]
struct Wish<'a> {
    project_id: ProjectId,
    pipeline_id: PipelineId,
    sha: &'a str,
    context: &'a str,
    state: &'static str,
    description: String,
    target_url: &'a str,
}

impl<'a> Wish<'a> {
    fn of(desired: &'a Desired) -> Self {
        let Desired { project_id, pipeline_id, sha, context, state, description, target_url } = desired;
        Self {
            project_id: *project_id,
            pipeline_id: *pipeline_id,
            sha: sha.as_str(),
            context,
            state: state.name(),
            description: shorten(description),
            target_url,
        }
    }
}

/// Replaces a wish, of whatever pipeline of this commit; where there is none, there is none afterwards. With `only`, one
/// that leads to that page.
pub(crate) async fn replace_desired(tx: &mut Tx, desired: &Desired, only: Option<&str>, now: Timestamp) -> Result<()> {
    let Desired { project_id, sha, context, .. } = desired;
    let (project, sha) = (project_id.to_string(), sha.as_str());
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM status_target
                          WHERE project_id = ?1 AND sha = ?2 AND context = ?3 AND (?4 IS NULL OR target_url = ?4))
           AS "found!: i64""#,
        project,
        sha,
        context,
        only
    )
    .fetch_one(tx.db())
    .await?;
    if found == 0 { Ok(()) } else { set_desired(tx, desired, now).await }
}

/// Takes the most urgent wish that may be sent now, ends before beginnings; nobody else gets one of this context until
/// `until`, or until it is settled with [`sent`], [`failed`] or [`give_up`]. After a crash it is due again at `until`.
pub async fn take_due(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Option<StatusTarget>> {
    let (now, until) = (now.millis(), until.millis());
    sqlx::query_as!(
        StatusRow,
        "UPDATE status_target SET in_flight_until = ?2
         WHERE (project_id, sha, context) =
               (SELECT project_id, sha, context FROM status_target
                WHERE sent_seq < desired_seq AND next_try_at <= ?1 AND in_flight_until <= ?1
                ORDER BY desired_state = 'pending', next_try_at, updated_at, rowid LIMIT 1)
         RETURNING project_id, pipeline_id, sha, context, desired_state, description, target_url, desired_seq, tries,
                   last_error",
        now,
        until
    )
    .fetch_optional(tx.db())
    .await?
    .map(StatusTarget::try_from)
    .transpose()
}

/// When a wish may be sent next; `None` when forges know everything.
pub async fn next_due_at(db: impl SqliteExecutor<'_>) -> Result<Option<Timestamp>> {
    let at = sqlx::query_scalar!(
        r#"SELECT min(max(next_try_at, in_flight_until)) AS "at?: i64" FROM status_target
           WHERE sent_seq < desired_seq"#
    )
    .fetch_one(db)
    .await?;
    Ok(at.map(row::time))
}

/// How many wishes wait, sent or not yet due.
pub async fn count_waiting(db: impl SqliteExecutor<'_>) -> Result<u64> {
    let count =
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!: i64" FROM status_target WHERE sent_seq < desired_seq"#)
            .fetch_one(db)
            .await?;
    row::number("count", count)
}

/// The forge has taken it. If a newer wish has come meanwhile, that one is due.
pub async fn sent(tx: &mut Tx, target: &StatusTarget) -> Result<()> {
    settle(tx, target, None).await
}

/// The forge will never take it (the repository is gone, the request is invalid): this wish is dropped, a newer one will
/// be tried.
pub async fn give_up(tx: &mut Tx, target: &StatusTarget, error: &str) -> Result<()> {
    settle(tx, target, Some(error)).await
}

async fn settle(tx: &mut Tx, target: &StatusTarget, error: Option<&str>) -> Result<()> {
    let Desired { project_id, sha, context, .. } = &target.desired;
    let (project, sha, seq) = (project_id.to_string(), sha.as_str(), row::integer(target.seq));
    sqlx::query!(
        "UPDATE status_target SET sent_seq = max(sent_seq, ?4), in_flight_until = 0, tries = 0, last_error = ?5
         WHERE project_id = ?1 AND sha = ?2 AND context = ?3",
        project,
        sha,
        context,
        seq,
        error
    )
    .execute(tx.db())
    .await?;
    tx.wake(Stage::Notify);
    Ok(())
}

/// Sending failed, for the time being: it is tried again at `next_try_at`. Returns the number of tries so far.
pub async fn failed(tx: &mut Tx, target: &StatusTarget, error: &str, next_try_at: Timestamp) -> Result<u32> {
    let Desired { project_id, sha, context, .. } = &target.desired;
    let (project, sha, next_try_at) = (project_id.to_string(), sha.as_str(), next_try_at.millis());
    let tries = sqlx::query_scalar!(
        "UPDATE status_target SET in_flight_until = 0, tries = tries + 1, last_error = ?4, next_try_at = ?5
         WHERE project_id = ?1 AND sha = ?2 AND context = ?3 RETURNING tries",
        project,
        sha,
        context,
        error,
        next_try_at
    )
    .fetch_one(tx.db())
    .await?;
    row::number("tries", tries)
}

/// Cuts at a character, with an ellipsis.
fn shorten(text: &str) -> String {
    let mut line = text.lines().next().unwrap_or_default().to_owned();
    if line.chars().count() > DESCRIPTION {
        line = line.chars().take(DESCRIPTION - 1).collect();
        line.push('…');
    }
    line
}
