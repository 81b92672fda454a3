//! Why a queued job waits, in one sentence: the same words for the dashboard, the API and the command line.

use jiff::tz::TimeZone;
use model::{id::JobId, job::JobState, time::Timestamp};
use store::{
    Store,
    job::{self, Job, Needs, unserved_by},
    pause::{self, Pause, PauseScope},
    queue::{self, FOR_OTHERS_MS, Limits, Line, Place, others},
    runner::{self, Runner},
};

use crate::{
    clock::Clock,
    disk::{Disk, Shortage},
};

/// What people ask of the queue. Clones share it.
#[derive(Clone, Debug)]
pub struct Queue {
    store: Store,
    clock: Clock,
    disk: Disk,
}

/// What all waiting jobs have in common, read once.
struct Surroundings {
    now: Timestamp,
    runners: Vec<Runner>,
    pauses: Vec<Pause>,
    lines: Vec<Line>,
    limits: Limits,
    shortage: Option<Shortage>,
}

/// A line whose jobs no runner takes as things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// The line.
    pub line: Line,
    /// The job that has waited longest in it.
    pub job: JobId,
    /// Why, as [`Queue::why`] says it.
    pub why: String,
}

impl Queue {
    /// The queue of a store, on a server with this disk.
    pub fn new(store: Store, clock: Clock, disk: Disk) -> Self {
        Self { store, clock, disk }
    }

    /// Why nothing at all may begin now, because of the disk; `None`: it may.
    pub(super) fn shortage(&self) -> Option<Shortage> {
        self.disk.shortage()
    }

    /// Why a queued job waits: a sentence without a capital and a full stop, with the rule and the values that decide.
    ///
    /// # Errors
    /// There is no such job, or the rows cannot be read.
    pub async fn why(&self, id: JobId) -> store::Result<String> {
        let job = job::get(self.store.read(), id).await?;
        self.sentence(&self.surroundings().await?, &job).await
    }

    /// Gives each queued job its sentence, as [`Queue::why`], in `waits_for`: it is never stored, for it would be stale at
    /// once. Past `most` of them, the rest has none.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn explain(&self, jobs: &mut [Job], most: usize) -> store::Result<()> {
        let mut around = None;
        for job in jobs.iter_mut().filter(|job| job.state == JobState::Queued).take(most) {
            if around.is_none() {
                around = Some(self.surroundings().await?);
            }
            if let Some(around) = &around {
                job.waits_for = Some(self.sentence(around, job).await?);
            }
        }
        Ok(())
    }

    /// The limits that hold now: those of the settings, and what administrators have set over them.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn limits(&self) -> store::Result<Limits> {
        self.store.options().limits.in_force(self.store.read()).await
    }

    /// What waits for a runner that is not there, or is paused.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn unserved(&self) -> store::Result<Vec<Unserved>> {
        let around = self.surroundings().await?;
        let db = self.store.read();
        let mut found = Vec::new();
        for line in around.lines.iter().filter(|line| line.waiting > 0) {
            let Some(id) = queue::first_in_line(db, line).await? else { continue };
            let job = job::get(db, id).await?;
            if let Some(why) = no_runner(&around, &job, &line.queue, &line.class) {
                found.push(Unserved { line: line.clone(), job: id, why });
            }
        }
        Ok(found)
    }

    async fn surroundings(&self) -> store::Result<Surroundings> {
        let db = self.store.read();
        Ok(Surroundings {
            now: self.clock.now(),
            runners: runner::list(db).await?,
            pauses: pause::list(db).await?,
            lines: queue::list_lines(db).await?,
            limits: self.limits().await?,
            shortage: self.disk.shortage(),
        })
    }

    async fn sentence(&self, around: &Surroundings, job: &Job) -> store::Result<String> {
        let place = queue::place(&mut *self.store.read().acquire().await?, job.id).await?;
        let Some(place) = place else { return Ok("it is about to begin".to_owned()) };
        let load = queue::find_project(self.store.read(), job.project_id).await?;
        let limits = &around.limits;
        if let Some(pause) = around.pauses.iter().find(|pause| match &pause.scope {
            PauseScope::All => true,
            PauseScope::Project(project) => *project == job.project_id,
            PauseScope::Runner(_) => false,
        }) {
            return Ok(blocked(pause, around.now));
        }
        if let Some(shortage) = &around.shortage {
            return Ok(short(shortage));
        }
        if let Some(why) = no_runner(around, job, &place.queue, &place.class).or_else(|| another_runner(around, &place))
        {
            return Ok(why);
        }
        let not_before = Timestamp::from_millis(place.not_before);
        if not_before > around.now {
            let why = place.put_off.as_deref().unwrap_or("it was put off");
            return Ok(format!("{why}; the next try is at {}", at(not_before, around.now)));
        }
        let running: u64 = around.lines.iter().map(|line| line.running).sum();
        if let Some(most) = limits.total.filter(|most| running >= u64::from(*most)) {
            return Ok(format!("the limit of {} in all is reached", tasks(most)));
        }
        let class = around.lines.iter().filter(|line| line.class == place.class);
        let running: u64 = class.map(|line| line.running).sum();
        if let Some(most) = limits.classes.get(&place.class).filter(|most| running >= u64::from(**most)) {
            return Ok(format!("the limit of {} of the class {} is reached", tasks(*most), place.class));
        }
        let most = load.max_running.or(limits.project);
        if let Some(most) = most.filter(|most| load.running >= u64::from(*most)) {
            return Ok(format!("the project's limit of {} is reached", tasks(most)));
        }
        Ok(match place.ahead {
            0 => format!("next in the queue of {}", place.class),
            ahead => format!("{} in the queue of {}", ordinal(ahead + 1), place.class),
        })
    }
}

/// What is said to a job that a shortage of room keeps waiting.
pub(super) fn short(shortage: &Shortage) -> String {
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
    format!(
        "the server's disk has {} free, and nothing new begins below {} (setting `min_free_gib`)",
        gib(shortage.free_bytes),
        gib(shortage.min_free_bytes)
    )
}

/// What is said of a pause: a sentence without a capital and a full stop.
pub fn blocked(pause: &Pause, now: Timestamp) -> String {
    let what = match &pause.scope {
        PauseScope::All => "new work is blocked".to_owned(),
        PauseScope::Project(_) => "new work of this project is blocked".to_owned(),
        PauseScope::Runner(name) => format!("the runner `{name}` is paused"),
    };
    let why = if pause.reason.is_empty() { String::new() } else { format!(": {}", pause.reason) };
    format!("{what} by {} since {}{why}", pause.paused_by, at(pause.since, now))
}

/// Why no runner takes tasks of this queue and class now; `None`: one does.
fn no_runner(around: &Surroundings, job: &Job, queue: &String, class: &str) -> Option<String> {
    let serves = |runner: &&Runner| Needs::queues(&runner.offers).contains(queue);
    let is_online = |runner: &&Runner| runner.is_online(around.now);
    let needs = format!("needs runner class {class}");
    let Some(last) = around.runners.iter().filter(serves).map(|runner| runner.last_seen_at).max() else {
        let offers: Vec<_> = around.runners.iter().filter(is_online).map(|runner| &runner.offers).collect();
        return unserved_by(job.needs?, job.resource_class.as_ref(), &offers);
    };
    let online: Vec<&Runner> = around.runners.iter().filter(serves).filter(is_online).collect();
    if online.is_empty() {
        return Some(format!("{needs}: none online since {}", at(last, around.now)));
    }
    let paused = |runner: &Runner| {
        let scope = PauseScope::Runner(runner.name.clone());
        around.pauses.iter().find(|pause| pause.scope == scope)
    };
    let pauses: Option<Vec<&Pause>> = online.iter().map(|runner| paused(runner)).collect();
    Some(format!("{needs}: {}", blocked(pauses?.first()?, around.now)))
}

/// What is said of a task that is kept for other runners than the one that gave it back; `None`: it is not.
fn another_runner(around: &Surroundings, place: &Place) -> Option<String> {
    let (by, given_back_at) = place.given_back?;
    let again = given_back_at.plus_millis(FOR_OTHERS_MS);
    let name = &around.runners.iter().find(|runner| runner.id == by)?.name;
    let mut others = others(&around.runners, &around.pauses, by, around.now);
    let is_kept = again > around.now && others.any(|other| Needs::queues(&other.offers).contains(&place.queue));
    let again = at(again, around.now);
    is_kept.then(|| {
        format!("waits for another runner than `{name}`, which could not start it; `{name}` may again at {again}")
    })
}

fn tasks(count: u32) -> String {
    if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") }
}

/// `2nd`, `3rd`, `11th`.
fn ordinal(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// `14:02 UTC` on the same day, `2026-11-20 14:02 UTC` on another.
fn at(then: Timestamp, now: Timestamp) -> String {
    let zoned =
        |time: Timestamp| jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default().to_zoned(TimeZone::UTC);
    let (then, now) = (zoned(then), zoned(now));
    let same_day = then.date() == now.date();
    then.strftime(if same_day { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" }).to_string()
}
