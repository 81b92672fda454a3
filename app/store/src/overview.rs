//! What lists show: many rows of several kinds, in a fixed number of statements however long the list is.

use std::collections::HashMap;

use model::{
    id::{JobId, PipelineId, ProjectId, RunnerId, WorkflowId},
    job::JobState,
    pipeline::PipelineState,
    project::{ProjectSlug, Vcs},
    time::Timestamp,
    workflow::WorkflowStatus,
};
use sqlx::SqliteExecutor;

use crate::{
    Result,
    delivery::{DeliveryId, DeliveryState},
    row,
};

/// A workflow in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowOverview {
    /// Which.
    pub id: WorkflowId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its name in the configuration.
    pub name: String,
    /// The fold over its jobs.
    pub status: WorkflowStatus,
    /// The states of its jobs, in the order of the configuration.
    pub jobs: Vec<JobState>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last job ended.
    pub ended_at: Option<Timestamp>,
}

/// The workflows of many pipelines, by pipeline and then in the order of the configuration.
pub async fn list_workflows<'a, E>(db: E, pipelines: &[PipelineId]) -> Result<Vec<WorkflowOverview>>
where
    E: SqliteExecutor<'a> + Copy,
{
    let ids = row::to_json(pipelines)?;
    let workflows = sqlx::query!(
        "SELECT id, pipeline_id, name, status, created_at, ended_at FROM workflow
         WHERE pipeline_id IN (SELECT value FROM json_each(?1)) ORDER BY pipeline_id, position, id",
        ids
    )
    .fetch_all(db)
    .await?;
    let mut jobs: HashMap<String, Vec<JobState>> = HashMap::new();
    let rows = sqlx::query!(
        "SELECT workflow_id, state, outcome FROM job
         WHERE workflow_id IN (SELECT id FROM workflow WHERE pipeline_id IN (SELECT value FROM json_each(?1)))
         ORDER BY workflow_id, position",
        ids
    )
    .fetch_all(db)
    .await?;
    for job in rows {
        let state = row::name("state", &job.state, |phase| JobState::from_row(phase, job.outcome.as_deref()))?;
        jobs.entry(job.workflow_id).or_default().push(state);
    }
    workflows
        .into_iter()
        .map(|workflow| {
            Ok(WorkflowOverview {
                id: row::text("id", &workflow.id)?,
                pipeline_id: row::text("pipeline_id", &workflow.pipeline_id)?,
                status: row::name("status", &workflow.status, WorkflowStatus::from_name)?,
                jobs: jobs.remove(&workflow.id).unwrap_or_default(),
                name: workflow.name,
                created_at: row::time(workflow.created_at),
                ended_at: workflow.ended_at.map(row::time),
            })
        })
        .collect()
}

/// The latest pipelines of each project's default branch, newest first, at most `each` for one project.
pub async fn list_latest(
    db: impl SqliteExecutor<'_>,
    each: u32,
) -> Result<Vec<(ProjectId, PipelineId, PipelineState)>> {
    sqlx::query!(
        r#"SELECT p.project_id AS "project_id!", p.id AS "id!", p.state AS "state!"
           FROM project r JOIN pipeline p ON p.id IN (
               SELECT id FROM pipeline
               WHERE project_id = r.id AND ref_name = r.default_branch AND ref_kind = 'branch'
               ORDER BY id DESC LIMIT ?1)
           ORDER BY p.id DESC"#,
        each
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|found| {
        let state = row::name("state", &found.state, PipelineState::from_name)?;
        Ok((row::text("project_id", &found.project_id)?, row::text("id", &found.id)?, state))
    })
    .collect()
}

/// A webhook in a list, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOverview {
    /// Which.
    pub id: DeliveryId,
    /// The forge that sent it.
    pub vcs: Vcs,
    /// The forge's own id of it.
    pub guid: String,
    /// The forge's name of the event.
    pub event: String,
    /// Length of its body.
    pub size_bytes: u64,
    /// When it came.
    pub received_at: Timestamp,
    /// What became of it.
    pub state: DeliveryState,
    /// Why it was ignored, or what went wrong last.
    pub note: Option<String>,
    /// How often it failed.
    pub attempts: u32,
    /// The pipeline that it made.
    pub pipeline: Option<(ProjectSlug, u64)>,
}

/// The newest webhooks older than `before` and, where it is given, in this state; at most `limit`.
pub async fn list_deliveries(
    db: impl SqliteExecutor<'_>,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<DeliveryOverview>> {
    let (state, before) = (state.map(DeliveryState::name), before.map_or(i64::MAX, |id| id.0));
    sqlx::query!(
        r#"SELECT d.id AS "id!", d.vcs AS "vcs!", d.guid AS "guid!", d.event AS "event!",
                  length(d.body) AS "size!: i64", d.received_at AS "received_at!", d.state AS "state!", d.note,
                  d.attempts AS "attempts!", p.number AS "number?", r.vcs AS "project_vcs?", r.org AS "org?",
                  r.repo AS "repo?"
           FROM delivery d LEFT JOIN pipeline p ON p.delivery_id = d.id LEFT JOIN project r ON r.id = p.project_id
           WHERE d.id < ?1 AND (?2 IS NULL OR d.state = ?2) ORDER BY d.id DESC LIMIT ?3"#,
        before,
        state,
        limit
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|found| {
        let pipeline = match (found.project_vcs, found.org, found.repo, found.number) {
            (Some(vcs), Some(org), Some(repo), Some(number)) => {
                Some((ProjectSlug { vcs: row::text("vcs", &vcs)?, org, repo }, row::number("number", number)?))
            }
            _ => None,
        };
        Ok(DeliveryOverview {
            id: DeliveryId(found.id),
            vcs: row::text("vcs", &found.vcs)?,
            guid: found.guid,
            event: found.event,
            size_bytes: row::number("body", found.size)?,
            received_at: row::time(found.received_at),
            state: row::name("state", &found.state, DeliveryState::from_name)?,
            note: found.note,
            attempts: row::number("attempts", found.attempts)?,
            pipeline,
        })
    })
    .collect()
}

/// A job with the names that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOverview {
    /// Which.
    pub id: JobId,
    /// Its name in the workflow.
    pub name: String,
    /// Its number in its project.
    pub number: u64,
    /// How many tasks it has.
    pub parallelism: u32,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// Its project.
    pub project_id: ProjectId,
    /// The names of its project.
    pub slug: ProjectSlug,
    /// Its pipeline's number.
    pub pipeline_number: u64,
}

/// These jobs; those that do not exist are left out.
pub async fn list_jobs(db: impl SqliteExecutor<'_>, ids: &[JobId]) -> Result<Vec<JobOverview>> {
    let ids = row::to_json(ids)?;
    sqlx::query!(
        r#"SELECT j.id AS "id!", j.name AS "name!", j.number AS "number!", j.parallelism AS "parallelism!",
                  j.workflow_id AS "workflow_id!", j.project_id AS "project_id!", r.vcs AS "vcs!", r.org AS "org!", r.repo AS "repo!",
                  p.number AS "pipeline_number!"
           FROM job j JOIN workflow w ON w.id = j.workflow_id JOIN pipeline p ON p.id = w.pipeline_id
                      JOIN project r ON r.id = j.project_id
           WHERE j.id IN (SELECT value FROM json_each(?1))"#,
        ids
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|found| {
        Ok(JobOverview {
            id: row::text("id", &found.id)?,
            name: found.name,
            number: row::number("number", found.number)?,
            parallelism: row::number("parallelism", found.parallelism)?,
            workflow_id: row::text("workflow_id", &found.workflow_id)?,
            project_id: row::text("project_id", &found.project_id)?,
            slug: ProjectSlug { vcs: row::text("vcs", &found.vcs)?, org: found.org, repo: found.repo },
            pipeline_number: row::number("pipeline_number", found.pipeline_number)?,
        })
    })
    .collect()
}

/// A task that a runner has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningTask {
    /// The runner.
    pub runner_id: RunnerId,
    /// The job.
    pub job_id: JobId,
    /// Which of the job's tasks, from 0.
    pub node_index: u32,
    /// Since when.
    pub since: Timestamp,
}

/// The tasks that run, by job.
pub async fn list_running(db: impl SqliteExecutor<'_>) -> Result<Vec<RunningTask>> {
    sqlx::query!(
        r#"SELECT runner_id AS "runner_id!", job_id, node_index, claimed_at AS "claimed_at!" FROM task
           WHERE state = 'running' ORDER BY job_id, node_index"#
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|found| {
        Ok(RunningTask {
            runner_id: row::text("runner_id", &found.runner_id)?,
            job_id: row::text("job_id", &found.job_id)?,
            node_index: row::number("node_index", found.node_index)?,
            since: row::time(found.claimed_at),
        })
    })
    .collect()
}
