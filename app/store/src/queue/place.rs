//! A task's place in its line.

use model::{
    id::{JobId, RunnerId},
    time::Timestamp,
};
use sqlx::SqliteConnection;

use crate::{Result, row};

/// Where the first waiting task of a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who can take it.
    pub queue: String,
    /// What limits and people call its class.
    pub class: String,
    /// How many tasks of its line go before it, if nothing comes and nothing ends.
    pub ahead: u64,
    /// Nobody gets it earlier.
    pub not_before: i64,
    /// Why.
    pub put_off: Option<String>,
    /// The runner that gave it back last, and when: others get it first.
    pub given_back: Option<(RunnerId, Timestamp)>,
}

/// The place of the first waiting task of a job; `None` when none waits. Takes longer the more tasks of its own project
/// stand before it: it is for people, not for claims.
pub async fn place(db: &mut SqliteConnection, job: JobId) -> Result<Option<Place>> {
    let job = job.to_string();
    let mine = sqlx::query!(
        r#"SELECT t.id AS "id!", t.not_before AS "not_before!", t.put_off, t.given_back_by, t.given_back_at,
                  l.id AS "lane!", l.queue AS "queue!",
                  l.class AS "class!", l.priority AS "priority!", l.load AS "load!", l.turn AS "turn!"
           FROM task t JOIN queue_lane l ON l.id = t.lane_id
           WHERE t.job_id = ?1 AND t.state = 'queued' ORDER BY t.not_before, t.id LIMIT 1"#,
        job
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(mine) = mine else { return Ok(None) };
    let before = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!: i64" FROM task
           WHERE lane_id = ?1 AND state = 'queued' AND (not_before, id) < (?2, ?3)"#,
        mine.lane,
        mine.not_before,
        mine.id
    )
    .fetch_one(&mut *db)
    .await?;
    // Every claim adds one to the load of its project. So the task is claimed when its project has `load + before`, and by
    // then another project has been served until it had as many: but not more often than it has tasks that wait. Of two with
    // the same load, the one that has climbed to it was served later than the one that began there.
    let others = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(CASE
               WHEN priority < ?3 THEN waiting
               WHEN priority > ?3 OR id = ?4 THEN 0
               ELSE min(waiting, max(0, ?5 - load + ((-load, turn) < (-?7, ?6)))) END), 0) AS "count!: i64"
           FROM queue_lane WHERE queue = ?1 AND class = ?2 AND waiting > 0"#,
        mine.queue,
        mine.class,
        mine.priority,
        mine.lane,
        mine.load + before,
        mine.turn,
        mine.load
    )
    .fetch_one(&mut *db)
    .await?;
    Ok(Some(Place {
        queue: mine.queue,
        class: mine.class,
        ahead: row::number("count", before + others)?,
        not_before: mine.not_before,
        put_off: mine.put_off,
        given_back: match (mine.given_back_by, mine.given_back_at) {
            (Some(by), Some(at)) => Some((row::text("given_back_by", &by)?, row::time(at))),
            (_, _) => None,
        },
    }))
}
