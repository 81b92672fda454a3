//! Lanes: made when the first task enters, and never removed.

use model::{
    id::{ProjectId, TaskId, WorkflowId},
    plan::ResourceClass,
    time::Timestamp,
};

use crate::{
    Result, Tx,
    job::{Job, Needs},
};

/// The class of jobs that name none.
const DEFAULT_CLASS: &str = "medium";

/// So many tasks at most grow old in one transaction.
const PROMOTIONS: i64 = 20;

/// What limits and people call the class of a job: `docker/medium`, or a self-hosted runner's `namespace/name`.
pub fn class(needs: Needs, resource_class: Option<&ResourceClass>) -> String {
    match resource_class {
        Some(ResourceClass(class)) if class.contains('/') => class.clone(),
        Some(ResourceClass(class)) => format!("{}/{class}", needs.name()),
        None => format!("{}/{DEFAULT_CLASS}", needs.name()),
    }
}

/// What decides which lane a job's tasks enter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LaneKey {
    queue: String,
    class: String,
    project: ProjectId,
    workflow: WorkflowId,
}

impl LaneKey {
    /// Where the tasks of this job belong.
    pub(crate) fn of(job: &Job, needs: Needs) -> Self {
        Self {
            queue: needs.queue(job.resource_class.as_ref()),
            class: class(needs, job.resource_class.as_ref()),
            project: job.project_id,
            workflow: job.workflow_id,
        }
    }

    /// Who can take them.
    pub(crate) fn queue(&self) -> &str {
        &self.queue
    }
}

/// What a task's row says of its lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The lane.
    pub(crate) lane_id: i64,
    /// Scheduled work: from then on as if somebody waited for it.
    pub(crate) ages_at: Option<i64>,
}

/// The lane of tasks that wait from now on; made when it is the first time.
pub(crate) async fn enter(tx: &mut Tx, lane: &LaneKey, now: Timestamp) -> Result<Entry> {
    let LaneKey { queue, class, project, workflow } = lane;
    let (project, workflow) = (project.to_string(), workflow.to_string());
    let ages_at = now.plus_millis(tx.options().limits.scheduled_patience_ms).millis();
    loop {
        let found = sqlx::query!(
            r#"WITH seen AS (
                   SELECT p.trigger = 'schedule' AND w.rerun_by_login IS NULL AS scheduled
                   FROM workflow w JOIN pipeline p ON p.id = w.pipeline_id WHERE w.id = ?4)
               SELECT l.id AS "lane_id!", iif(l.priority, ?5, NULL) AS "ages_at?: i64" FROM queue_lane l
               WHERE l.queue = ?1 AND l.class = ?2 AND l.project_id = ?3 AND l.priority = (SELECT scheduled FROM seen)"#,
            queue,
            class,
            project,
            workflow,
            ages_at
        )
        .fetch_optional(tx.db())
        .await?;
        if let Some(found) = found {
            return Ok(Entry { lane_id: found.lane_id, ages_at: found.ages_at });
        }
        create(tx, queue, class, &project).await?;
    }
}

/// Makes the lanes of a project in a line, with what they hang on.
async fn create(tx: &mut Tx, queue: &str, class: &str, project: &str) -> Result<()> {
    sqlx::query!("INSERT INTO queue_line (queue, class) VALUES (?1, ?2) ON CONFLICT DO NOTHING", queue, class)
        .execute(tx.db())
        .await?;
    sqlx::query!("INSERT INTO queue_project (project_id) VALUES (?1) ON CONFLICT DO NOTHING", project)
        .execute(tx.db())
        .await?;
    for priority in [0, 1] {
        sqlx::query!(
            "INSERT INTO queue_lane (queue, class, project_id, priority, load, turn)
             SELECT ?1, ?2, ?3, ?4, coalesce(max(load), 0), coalesce(max(turn), 0)
             FROM queue_lane WHERE project_id = ?3 AND queue = ?1
             ON CONFLICT DO NOTHING",
            queue,
            class,
            project,
            priority
        )
        .execute(tx.db())
        .await?;
    }
    Ok(())
}

/// Scheduled tasks that have waited too long go on as if somebody waited for them; a few at a time.
pub(crate) async fn promote(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let now = now.millis();
    sqlx::query!(
        "UPDATE task SET ages_at = NULL, lane_id = (
             SELECT other.id FROM queue_lane mine JOIN queue_lane other
                 ON other.queue = mine.queue AND other.class = mine.class AND other.project_id = mine.project_id
                                             AND other.priority = 0
             WHERE mine.id = task.lane_id)
         WHERE id IN (SELECT id FROM task WHERE state = 'queued' AND ages_at <= ?1 ORDER BY ages_at LIMIT ?2)",
        now,
        PROMOTIONS
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// A task was claimed: its project goes behind those that have as many running.
pub(crate) async fn served(tx: &mut Tx, task: TaskId) -> Result<()> {
    let task = task.to_string();
    sqlx::query!(
        "UPDATE queue_lane SET turn = (SELECT 1 + max(turn) FROM queue_lane)
         WHERE (project_id, queue) =
               (SELECT l.project_id, l.queue FROM task t JOIN queue_lane l ON l.id = t.lane_id WHERE t.id = ?1)",
        task
    )
    .execute(tx.db())
    .await?;
    Ok(())
}
