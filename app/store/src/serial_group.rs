//! The queues of serial groups. A group spans an organization; who has the lock of a group runs, the others wait in the
//! order in which they came. A ticket is the place of one job, or of a job group as a whole.

use model::{
    id::{JobId, ProjectId, WorkflowId},
    plan::SerialGroup,
    project::{ProjectSlug, Vcs},
    time::Timestamp,
    trigger::Actor,
};
use sqlx::SqliteExecutor;

use crate::{
    Error, Result, Topic, Tx,
    job::{self, Job},
    pipeline::Pipeline,
    row, workflow,
};

/// So many at the head of a queue are told of its changes: those further back wait however it moves.
pub const TOLD: u32 = 20;

/// A group of an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The forge.
    pub vcs: Vcs,
    /// The organization.
    pub org: String,
    /// The key, as the configuration says it.
    pub key: SerialGroup,
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// Others come first.
    Waiting,
    /// It has the lock.
    Holding {
        /// Since when.
        since: Timestamp,
    },
    /// It has no part in the queue any more. What it stands for may still run, when somebody released the lock.
    Left,
}

/// A place in the queue of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The order of arrival.
    pub id: i64,
    /// The group.
    pub group: GroupKey,
    /// The job that it lets run; of a job group, its entry.
    pub job_id: JobId,
    /// That job's workflow.
    pub workflow_id: WorkflowId,
    /// The name of the job, or of the job group.
    pub unit: String,
    /// Its project.
    pub project_id: ProjectId,
    /// The names of its project.
    pub slug: ProjectSlug,
    /// Its pipeline: within a project, an older one never joins behind a newer one.
    pub pipeline_number: u64,
    /// The number of the job.
    pub job_number: u64,
    /// Where it stands.
    pub state: TicketState,
    /// Since when it is in the queue.
    pub joined_at: Timestamp,
    /// Who let the next one in before its end.
    pub released_by: Option<String>,
}

struct TicketRow {
    id: i64,
    vcs: String,
    org: String,
    group_key: String,
    job_id: String,
    workflow_id: String,
    unit: String,
    project_id: String,
    project_org: String,
    project_repo: String,
    pipeline_number: i64,
    job_number: i64,
    joined_at: i64,
    held_at: Option<i64>,
    left_at: Option<i64>,
    released_by: Option<String>,
}

impl TryFrom<TicketRow> for Ticket {
    type Error = Error;

    fn try_from(row: TicketRow) -> Result<Self> {
        let vcs: Vcs = row::text("vcs", &row.vcs)?;
        Ok(Self {
            id: row.id,
            group: GroupKey { vcs, org: row.org, key: SerialGroup(row.group_key) },
            job_id: row::text("job_id", &row.job_id)?,
            workflow_id: row::text("workflow_id", &row.workflow_id)?,
            unit: row.unit,
            project_id: row::text("project_id", &row.project_id)?,
            slug: ProjectSlug { vcs, org: row.project_org, repo: row.project_repo },
            pipeline_number: row::number("pipeline_number", row.pipeline_number)?,
            job_number: row::number("number", row.job_number)?,
            state: match (row.held_at, row.left_at) {
                (_, Some(_)) => TicketState::Left,
                (Some(since), None) => TicketState::Holding { since: row::time(since) },
                (None, None) => TicketState::Waiting,
            },
            joined_at: row::time(row.joined_at),
            released_by: row.released_by,
        })
    }
}

/// `SELECT … FROM serial_ticket` with what follows.
macro_rules! select {
    ($rest:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            TicketRow,
            r#"SELECT t.id AS "id!", t.vcs AS "vcs!", t.org AS "org!", t.group_key AS "group_key!",
                      t.job_id AS "job_id!", t.workflow_id AS "workflow_id!", t.unit AS "unit!",
                      t.project_id AS "project_id!", p.org AS "project_org!", p.repo AS "project_repo!",
                      t.pipeline_number AS "pipeline_number!", j.number AS "job_number!", t.joined_at AS "joined_at!",
                      t.held_at, t.left_at, t.released_by
               FROM serial_ticket t JOIN project p ON p.id = t.project_id JOIN job j ON j.id = t.job_id "# + $rest
            $(, $argument)*
        )
    };
}

/// Who has the lock of a group and who waits for it, in their order.
pub async fn list_queue(db: impl SqliteExecutor<'_>, group: &GroupKey) -> Result<Vec<Ticket>> {
    let (vcs, org, key) = (group.vcs.to_string(), &group.org, &group.key.0);
    select!("WHERE t.vcs = ?1 AND t.org = ?2 AND t.group_key = ?3 AND t.left_at IS NULL ORDER BY t.id", vcs, org, key)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Ticket::try_from)
        .collect()
}

/// All queues that are not empty, by group and in their order: for one organization, or for all.
pub async fn list_all(db: impl SqliteExecutor<'_>, org: Option<(Vcs, &str)>) -> Result<Vec<Ticket>> {
    let (vcs, org) = (org.map(|(vcs, _)| vcs.to_string()), org.map(|(_, org)| org));
    select!(
        "WHERE t.left_at IS NULL AND (?1 IS NULL OR (t.vcs = ?1 AND t.org = ?2)) ORDER BY t.vcs, t.org, t.group_key, t.id",
        vcs,
        org
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Ticket::try_from)
    .collect()
}

/// The tickets that jobs of a workflow have, or had.
pub async fn list_by_workflow(db: impl SqliteExecutor<'_>, workflow: WorkflowId) -> Result<Vec<Ticket>> {
    let workflow = workflow.to_string();
    select!("WHERE t.workflow_id = ?1 ORDER BY t.id", workflow)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Ticket::try_from)
        .collect()
}

/// A job takes the last place in the queue of its group. `unit` is what people know it by.
///
/// # Errors
/// It has a place already, or has had one.
pub async fn join(
    tx: &mut Tx,
    pipeline: &Pipeline,
    job: &Job,
    group: &GroupKey,
    unit: &str,
    now: Timestamp,
) -> Result<()> {
    let GroupKey { vcs, org, key } = group;
    let (vcs, job_id, workflow, project) =
        (vcs.to_string(), job.id.to_string(), job.workflow_id.to_string(), job.project_id.to_string());
    let (key, number, now) = (&key.0, row::integer(pipeline.number), now.millis());
    sqlx::query!(
        "INSERT INTO serial_ticket (vcs, org, group_key, job_id, workflow_id, unit, project_id, pipeline_number, joined_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        vcs,
        org,
        key,
        job_id,
        workflow,
        unit,
        project,
        number,
        now
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// A job that waits gets the lock.
///
/// # Errors
/// Somebody else has it.
pub async fn hold(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<()> {
    let (key, now) = (job.to_string(), now.millis());
    sqlx::query!(
        "UPDATE serial_ticket SET held_at = ?2 WHERE job_id = ?1 AND held_at IS NULL AND left_at IS NULL",
        key,
        now
    )
    .execute(tx.db())
    .await?;
    told(tx, job, None).await
}

/// A job gives up its place, or the lock. Those at the head of the queue are due: one of them may be the next.
pub async fn leave(tx: &mut Tx, job: JobId, now: Timestamp) -> Result<()> {
    let (key, millis) = (job.to_string(), now.millis());
    sqlx::query!("UPDATE serial_ticket SET left_at = ?2 WHERE job_id = ?1 AND left_at IS NULL", key, millis)
        .execute(tx.db())
        .await?;
    told(tx, job, Some(now)).await
}

/// A person lets the next one in. Whoever has the lock goes on without it.
///
/// # Errors
/// `NotFound` when nobody has the lock.
pub async fn release(tx: &mut Tx, group: &GroupKey, by: &Actor, now: Timestamp) -> Result<Ticket> {
    let queue = list_queue(tx.db(), group).await?;
    let holder = queue.into_iter().find(|ticket| matches!(ticket.state, TicketState::Holding { .. }));
    let holder = holder
        .ok_or_else(|| Error::NotFound(format!("a holder of the serial group `{}` of `{}`", group.key.0, group.org)))?;
    let login = &by.login;
    sqlx::query!("UPDATE serial_ticket SET released_by = ?2 WHERE id = ?1", holder.id, login).execute(tx.db()).await?;
    leave(tx, holder.job_id, now).await?;
    Ok(Ticket { state: TicketState::Left, released_by: Some(login.clone()), ..holder })
}

/// The workflows at the head of the queue look again: at whether it is their turn, and at what they say about it.
async fn told(tx: &mut Tx, job: JobId, due: Option<Timestamp>) -> Result<()> {
    let job = job::get(tx.db(), job).await?;
    tx.changed(Topic::Pipeline(job.pipeline_id));
    let Some(now) = due else { return Ok(()) };
    let (key, now) = (job.id.to_string(), now.millis());
    let marked = sqlx::query!(
        "UPDATE workflow SET due_at = min(coalesce(due_at, ?2), ?2)
         WHERE id IN (SELECT w.workflow_id FROM serial_ticket t
                      JOIN serial_ticket w ON w.vcs = t.vcs AND w.org = t.org AND w.group_key = t.group_key
                      WHERE t.job_id = ?1 AND w.left_at IS NULL ORDER BY w.id LIMIT ?3)",
        key,
        now,
        TOLD
    )
    .execute(tx.db())
    .await?;
    workflow::wake_if_marked(tx, &marked);
    Ok(())
}
