//! A task that a runner gave back is another's, for a while.

use std::collections::BTreeSet;

use model::{id::RunnerId, time::Timestamp};
use sqlx::SqliteConnection;

use super::Seeker;
use crate::{
    Result,
    job::Needs,
    pause::{Pause, PauseScope},
    row,
    runner::{self, Runner},
};

/// So long, in milliseconds, a task that a runner gave back is kept for others that could take it. After that the same
/// runner may have it again: the others may be at work for hours.
pub const FOR_OTHERS_MS: i64 = 300_000;

/// What a runner leaves to others.
#[derive(Clone, Debug, Default)]
pub(super) struct Left {
    /// The runner by its id; empty when there is nothing that it gave back.
    pub(super) runner: String,
    /// The queues that others serve now.
    queues: BTreeSet<String>,
}

impl Left {
    /// Whose tasks are passed over in this queue; `None`: nobody's.
    pub(super) fn in_queue(&self, queue: &str) -> Option<&str> {
        self.queues.contains(queue).then_some(self.runner.as_str())
    }
}

/// What the seeker leaves to others now: nearly always nothing. `None`: it gets nothing at all, because of a pause of
/// everything or its own.
pub(super) async fn left(db: &mut SqliteConnection, seeker: Seeker<'_>, now: Timestamp) -> Result<Option<Left>> {
    let since = now.plus_millis(-FOR_OTHERS_MS).millis();
    let look = sqlx::query!(
        r#"SELECT EXISTS (SELECT 1 FROM pause WHERE (scope, subject) IN (VALUES ('all', ''), ('runner', ?1)))
                      AS "paused!: bool",
                  (SELECT r.id FROM runner r WHERE r.name = ?1 AND EXISTS (
                       SELECT 1 FROM task WHERE given_back_by = r.id AND state = 'queued' AND given_back_at > ?2))
                      AS "gave_back?: String""#,
        seeker.runner,
        since
    )
    .fetch_one(&mut *db)
    .await?;
    if look.paused {
        return Ok(None);
    }
    let Some(id) = look.gave_back else { return Ok(Some(Left::default())) };
    let runner: RunnerId = row::text("id", &id)?;
    let runners = runner::list(&mut *db).await?;
    let pauses = crate::pause::list(&mut *db).await?;
    let queues = others(&runners, &pauses, runner, now).flat_map(|other| Needs::queues(&other.offers)).collect();
    Ok(Some(Left { runner: id, queues }))
}

/// The runners beside this one that are connected and may take something.
pub fn others<'a>(
    runners: &'a [Runner],
    pauses: &'a [Pause],
    but: RunnerId,
    now: Timestamp,
) -> impl Iterator<Item = &'a Runner> {
    let is_paused = |runner: &Runner| pauses.iter().any(|pause| pause.scope == PauseScope::Runner(runner.name.clone()));
    runners.iter().filter(move |runner| runner.id != but && runner.is_online(now) && !is_paused(runner))
}
