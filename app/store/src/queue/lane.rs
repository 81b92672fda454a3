//! Lanes: made when the first task enters, and never removed.

use model::{id::TaskId, plan::ResourceClass, time::Timestamp};

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

/// A task that has just been made waits from now on.
pub(crate) async fn enter(tx: &mut Tx, task: &str, job: &Job, needs: Needs, queue: &str, now: Timestamp) -> Result<()> {
    let class = class(needs, job.resource_class.as_ref());
    let (project, workflow) = (job.project_id.to_string(), job.workflow_id.to_string());
    let ages_at = now.plus_millis(tx.options().limits.scheduled_patience_ms).millis();
    loop {
        let lane = sqlx::query_scalar!(
            r#"WITH seen AS (
                   SELECT p.trigger = 'schedule' AND w.rerun_by_login IS NULL AS scheduled
                   FROM workflow w JOIN pipeline p ON p.id = w.pipeline_id WHERE w.id = ?5)
               UPDATE task SET
                   ages_at = (SELECT iif(scheduled, ?6, NULL) FROM seen),
                   lane_id = (SELECT id FROM queue_lane WHERE queue = ?2 AND class = ?3 AND project_id = ?4
                                                          AND priority = (SELECT scheduled FROM seen))
               WHERE id = ?1 RETURNING lane_id AS "lane?: i64""#,
            task,
            queue,
            class,
            project,
            workflow,
            ages_at
        )
        .fetch_one(tx.db())
        .await?;
        if lane.is_some() {
            return Ok(());
        }
        create(tx, queue, &class, &project).await?;
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
