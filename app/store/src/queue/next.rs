//! The next task of a runner.

use model::{id::TaskId, time::Timestamp};
use sqlx::SqliteConnection;

use super::{
    Limits, Line, list_lines,
    other::{FOR_OTHERS_MS, left},
};
use crate::{Result, row};

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Seeker<'a> {
    /// The runner's name.
    pub runner: &'a str,
    /// The queues that it serves: see [`Needs::queue`](crate::job::Needs::queue).
    pub queues: &'a [String],
}

/// The head of a lane. Compared as they are claimed: the smallest goes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    load: i64,
    turn: i64,
    task: String,
}

/// The task that this runner should get now; `None` when nothing waits, or nothing may begin. `limits` are those of the
/// settings: what administrators have set over them is read here. Takes the same time however
/// many tasks wait; it grows a little with the projects that are at their limit.
pub async fn find_next(
    db: &mut SqliteConnection,
    seeker: Seeker<'_>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Option<TaskId>> {
    let Some(left) = left(&mut *db, seeker, now).await? else { return Ok(None) };
    let limits = &limits.in_force(&mut *db).await?;
    let all = list_lines(&mut *db).await?;
    let running: u64 = all.iter().map(|line| line.running).sum();
    if limits.total.is_some_and(|most| running >= u64::from(most)) {
        return Ok(None);
    }
    let open: Vec<&Line> = all
        .iter()
        .filter(|line| line.waiting > 0 && seeker.queues.contains(&line.queue) && has_room(limits, &all, &line.class))
        .collect();
    for priority in [0, 1] {
        let mut first: Option<Head> = None;
        for line in &open {
            let head = find_head(db, line, priority, limits, left.in_queue(&line.queue), now).await?;
            first = match (first, head) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        if let Some(head) = first {
            return row::text("id", &head.task).map(Some);
        }
    }
    Ok(None)
}

/// Whether the limit of a class lets one more begin.
fn has_room(limits: &Limits, lines: &[Line], class: &str) -> bool {
    let running = || lines.iter().filter(|line| line.class == class).map(|line| line.running).sum::<u64>();
    limits.classes.get(class).is_none_or(|most| running() < u64::from(*most))
}

async fn find_head(
    db: &mut SqliteConnection,
    line: &Line,
    priority: i64,
    limits: &Limits,
    given_back_by: Option<&str>,
    now: Timestamp,
) -> Result<Option<Head>> {
    let most = limits.project.map_or(i64::MAX, i64::from);
    let (now, since) = (now.millis(), now.plus_millis(-FOR_OTHERS_MS).millis());
    // CROSS JOIN: in this order, so that the first lane that fits ends the search.
    let head = sqlx::query!(
        r#"SELECT l.load AS "load!", l.turn AS "turn!", t.id AS "task!"
           FROM queue_lane l CROSS JOIN queue_project p ON p.project_id = l.project_id
           CROSS JOIN task t ON t.id = (SELECT id FROM task WHERE lane_id = l.id AND state = 'queued' AND not_before <= ?5
                                          AND (?6 IS NULL OR given_back_by IS NOT ?6 OR given_back_at <= ?7)
                                        ORDER BY not_before, id LIMIT 1)
           WHERE l.queue = ?1 AND l.class = ?2 AND l.priority = ?3 AND l.waiting > 0
             AND p.running < coalesce(p.max_running, ?4)
             AND NOT EXISTS (SELECT 1 FROM pause WHERE scope = 'project' AND subject = l.project_id)
           ORDER BY l.load, l.turn LIMIT 1"#,
        line.queue,
        line.class,
        priority,
        most,
        now,
        given_back_by,
        since
    )
    .fetch_optional(db)
    .await?;
    Ok(head.map(|head| Head { load: head.load, turn: head.turn, task: head.task }))
}
