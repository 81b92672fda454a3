//! The worker that starts the pipelines of schedules, each minute of each at most once.

use config::cron::Cron;
use futures_util::{FutureExt, future::BoxFuture};
use model::{time::Timestamp, trigger::Trigger};
use store::{
    Stage, Store, project,
    schedule::{self, Schedule},
};
use tracing::{info, warn};

use super::{start::Start, values};
use crate::{
    clock::Clock,
    worker::{Progress, Worker},
};

/// A minute that is so long over, in milliseconds, is no longer made up for: it is told as missed.
const LATE_MS: i64 = 3_600_000;

/// So many missed minutes are counted; what is beyond is "more than".
const MOST_COUNTED: usize = 1_000;

/// Starts the pipelines of schedules that are due.
#[derive(Debug)]
pub struct ScheduleWorker {
    store: Store,
    clock: Clock,
}

/// What is to be done about the minutes of a schedule that are over.
#[derive(Debug, PartialEq, Eq)]
struct Due {
    /// The minute that has its pipeline now: the last one, unless it is too long over.
    fire: Option<Timestamp>,
    /// The minutes that have none: the first, the last, and how many.
    missed: Option<(Timestamp, Timestamp, usize)>,
    /// The last minute that is decided about now.
    last: Timestamp,
    /// The next one.
    next: Option<Timestamp>,
}

/// Looks at the minutes from `from`, which is one, to now.
fn due(cron: &Cron, from: Timestamp, now: Timestamp) -> Due {
    let mut slots = vec![from];
    let (mut last, mut next) = (from, cron.next_after(from));
    while let Some(at) = next
        && at <= now
    {
        if slots.len() > MOST_COUNTED {
            // A long time has passed: only its end matters.
            let skipped = cron.next_after(now.plus_millis(-LATE_MS)).filter(|skipped| *skipped > at);
            last = skipped.filter(|skipped| *skipped <= now).unwrap_or(at);
        } else {
            last = at;
        }
        slots.push(last);
        next = cron.next_after(last);
    }
    let fire = Some(last).filter(|last| now.millis_since(*last) <= LATE_MS);
    let missed = if fire.is_some() { &slots[..slots.len() - 1] } else { &slots[..] };
    let missed = missed.first().zip(missed.last()).map(|(first, last)| (*first, *last, missed.len()));
    Due { fire, missed, last, next }
}

impl ScheduleWorker {
    /// A worker over these rows.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn work(&self) -> anyhow::Result<Progress> {
        let now = self.clock.now();
        let Some(schedule) = schedule::next_due(self.store.read(), now).await? else {
            return Ok(Progress::Idle { until: schedule::next_due_at(self.store.read()).await? });
        };
        let cron = match Cron::parse(&schedule.cron) {
            Ok(cron) => cron,
            Err(error) => {
                let note = format!("`{}` is no longer a schedule: {error}", schedule.cron);
                self.decide(&schedule, schedule.last_slot_at, None, &note).await?;
                return Ok(Progress::Worked);
            }
        };
        match schedule.next_at.filter(|next| *next <= now) {
            Some(from) => self.start(&schedule, due(&cron, from, now), now).await?,
            None => {
                let note = format!("the server's clock went back, to {}: it goes on from there", at(now));
                self.decide(&schedule, None, cron.next_after(now), &note).await?;
            }
        }
        Ok(Progress::Worked)
    }

    async fn decide(
        &self,
        schedule: &Schedule,
        last: Option<Timestamp>,
        next: Option<Timestamp>,
        note: &str,
    ) -> anyhow::Result<()> {
        let mut tx = self.store.begin().await?;
        schedule::decided(&mut tx, schedule.id, last, next, Some(note)).await?;
        tx.commit().await?;
        warn!("Schedule `{}`: {note}", schedule.name);
        Ok(())
    }

    /// The pipeline, and what is decided, in one transaction.
    async fn start(&self, seen: &Schedule, due: Due, now: Timestamp) -> anyhow::Result<()> {
        let Due { fire, missed, last, next } = due;
        let note = missed.map(|(first, last, count)| missed_sentence(first, last, count, fire.is_some()));
        let mut tx = self.store.begin().await?;
        // A push or a person may have changed it since it was read.
        let Some(schedule) = schedule::find(tx.db(), seen.id).await?.filter(|now| now.next_at == seen.next_at) else {
            return Ok(());
        };
        schedule::decided(&mut tx, schedule.id, Some(last), next, note.as_deref()).await?;
        let fire = match fire {
            Some(slot) if !schedule::has_run(tx.db(), schedule.id, slot).await? => Some(slot),
            Some(_) | None => None,
        };
        let mut pipeline = None;
        if let Some(slot) = fire {
            let project = project::get(tx.db(), schedule.project_id).await?;
            let start = Start {
                project: &project,
                trigger: Trigger::Schedule,
                git_ref: schedule.git_ref.clone(),
                actor: schedule.actor.clone(),
                parameters: schedule.parameters.clone(),
                values: values::of_schedule(&project, &schedule, now),
            };
            let made = start.pipeline(&mut tx, now).await?;
            schedule::record_run(&mut tx, &schedule, slot, made.id).await?;
            pipeline = Some((project.slug, made));
        }
        tx.commit().await?;
        if let Some(note) = note {
            warn!("Schedule `{}`: {note}", schedule.name);
        }
        if let Some((slug, pipeline)) = pipeline {
            info!(
                project.slug = %slug,
                pipeline.id = %pipeline.id,
                "Pipeline {} of {slug}: {}, by schedule `{}`",
                pipeline.number,
                pipeline.git_ref.name(),
                schedule.name,
            );
        }
        Ok(())
    }
}

impl Worker for ScheduleWorker {
    fn name(&self) -> &'static str {
        "schedule"
    }

    fn stage(&self) -> Stage {
        Stage::Schedule
    }

    fn step(&self) -> BoxFuture<'_, anyhow::Result<Progress>> {
        self.work().boxed()
    }
}

/// `2026-01-01T12:00Z`.
fn at(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.millis())
        .map_or_else(|_| format!("{} ms", time.millis()), |time| time.strftime("%Y-%m-%dT%H:%MZ").to_string())
}

fn missed_sentence(first: Timestamp, last: Timestamp, count: usize, fires: bool) -> String {
    let count = match count {
        1 => "1 run was".to_owned(),
        MOST_COUNTED.. => format!("more than {MOST_COUNTED} runs were"),
        count => format!("{count} runs were"),
    };
    let (first, last) = (at(first), at(last));
    let when = if first == last { format!("at {first}") } else { format!("from {first} to {last}") };
    let then = if fires { "the one after has run" } else { "none is made up for after an hour" };
    format!("{count} missed {when}: the server did not run then; {then}")
}

#[cfg(test)]
mod tests;
