//! The runners: who is there, what each can do, and what it does now.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use model::{
    id::{JobId, RunnerId},
    protocol::Offers,
    time::Timestamp,
};
use store::{
    overview::{self, JobOverview, RunningTask},
    pause::{self, Pause, PauseScope},
    runner::Runner,
};

use super::{
    WebState,
    error::PageError,
    part::{Glyph, JobName, Lapse, Mark, When, prose},
    why,
};
use crate::{
    dispatch::{Unserved, blocked},
    http::{
        auth::{Readable, Visitor},
        format::{self, plural},
        page::{Area, Frame, Html, render},
        viewer::Viewer,
    },
};

/// A runner that has been away for so long, in milliseconds, is named below the others.
const GONE_MS: i64 = 7 * 24 * 3_600_000;

#[derive(Template)]
#[template(path = "runners.html")]
struct RunnersPage {
    frame: Frame,
    /// Tasks that run, and how many could.
    busy: usize,
    capacity: Option<u32>,
    waiting: String,
    unserved: Vec<Want>,
    runners: Vec<RunnerView>,
    /// Those that have been away for long.
    gone: Vec<RunnerView>,
    /// The server's address, as a runner elsewhere needs it.
    url: String,
    /// Whether the server has a runner inside.
    bundled: bool,
}

/// Jobs that wait for a runner that is not there.
#[derive(Clone, Debug)]
struct Want {
    /// `None`: of a project that the reader may not see.
    job: Option<JobName>,
    /// How many tasks of its kind wait with it.
    more: Option<String>,
    why: Html,
}

/// A runner.
#[derive(Clone, Debug)]
struct RunnerView {
    name: String,
    mark: Mark,
    /// `Docker and machine, 0.4.0`
    kind: String,
    labels: Vec<String>,
    busy: usize,
    slots: Option<Slots>,
    tasks: Vec<TaskView>,
    /// What there is to say when it does not take work as usual.
    note: Option<Html>,
    seen: When,
    paused: bool,
    /// It is gone, and nothing runs on it.
    removable: bool,
}

/// The places of a runner, taken and free.
#[derive(Clone, Copy, Debug)]
struct Slots {
    busy: usize,
    capacity: u32,
}

impl Slots {
    /// More boxes than this tell nothing more.
    const MOST: usize = 16;

    /// Places and whether each is taken; empty when there are too many to draw.
    fn boxes(self) -> Vec<(usize, bool)> {
        let count = (self.capacity as usize).max(self.busy);
        if count > Self::MOST { Vec::new() } else { (0..count).map(|at| (at * 10, at < self.busy)).collect() }
    }
}

/// A job on a runner.
#[derive(Clone, Debug)]
struct TaskView {
    /// The job; `None`: of a project that the reader may not see.
    job: Option<JobName>,
    /// `, run 2`
    runs: String,
    lapse: Lapse,
}

/// `GET /runners`.
pub async fn page(
    State(state): State<WebState>,
    viewer: Viewer,
    Visitor(actor): Visitor,
) -> Result<Response, PageError> {
    let (db, now) = (state.store.read(), state.now());
    let all = store::runner::list(db).await?;
    let running = overview::list_running(db).await?;
    let unserved = state.queue.unserved().await?;
    let mut ids: Vec<JobId> = running.iter().map(|task| task.job_id).collect();
    ids.extend(unserved.iter().map(|line| line.job));
    let jobs = jobs(overview::list_jobs(db, &ids).await?);
    let readable = state.auth.readable(actor.as_ref(), jobs.values().map(|job| job.project_id)).await?;
    let pauses = pause::list(db).await?;
    let waiting = store::task::count_queued(db).await?;

    let online = |runner: &&Runner| runner.is_online(now);
    let capacity: Option<u32> = all.iter().filter(online).map(|runner| runner.about.capacity).sum();
    let around = Around { running: &running, jobs: &jobs, readable: &readable, pauses: &pauses, now };
    let (gone, here): (Vec<&Runner>, Vec<&Runner>) =
        all.iter().partition(|runner| now.millis_since(runner.last_seen_at) >= GONE_MS && !around.is_busy(runner.id));
    let page = RunnersPage {
        frame: Frame { events: Some("/events?server=true".to_owned()), ..Frame::new("Runners", Area::Runners, viewer) },
        busy: running.len(),
        capacity: capacity.filter(|capacity| *capacity > 0),
        waiting: plural(waiting, "task"),
        unserved: unserved.iter().filter_map(|line| want(line, &jobs, &readable)).collect(),
        runners: here.into_iter().map(|runner| view(runner, &around)).collect(),
        gone: gone.into_iter().map(|runner| view(runner, &around)).collect(),
        url: state.store.options().public_url.clone(),
        bundled: state.setup.runner_capacity.is_some(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What is around a runner.
struct Around<'a> {
    running: &'a [RunningTask],
    jobs: &'a HashMap<JobId, JobOverview>,
    readable: &'a Readable,
    pauses: &'a [Pause],
    now: Timestamp,
}

impl Around<'_> {
    fn is_busy(&self, runner: RunnerId) -> bool {
        self.running.iter().any(|task| task.runner_id == runner)
    }
}

/// Jobs by their ids.
pub fn jobs(jobs: Vec<JobOverview>) -> HashMap<JobId, JobOverview> {
    jobs.into_iter().map(|job| (job.id, job)).collect()
}

fn want(unserved: &Unserved, jobs: &HashMap<JobId, JobOverview>, readable: &Readable) -> Option<Want> {
    let job = jobs.get(&unserved.job)?;
    let more = unserved.line.waiting.saturating_sub(1);
    Some(Want {
        job: JobName::of_job(job, readable),
        more: (more > 0).then(|| format!("and {} like it", plural(more, "task"))),
        why: prose(&why::sentence(&unserved.why)),
    })
}

fn view(runner: &Runner, around: &Around<'_>) -> RunnerView {
    let own: Vec<&RunningTask> = around.running.iter().filter(|task| task.runner_id == runner.id).collect();
    let is_own = |pause: &&Pause| pause.scope == PauseScope::Runner(runner.name.clone());
    let pause = around.pauses.iter().find(is_own);
    let away = !runner.is_online(around.now);
    let busy = own.len();
    let (mark, note) = match (away, pause) {
        (true, _) => {
            let lost = if busy > 0 { " What it runs is given up when its lease ends, and says so." } else { "" };
            let note = format!("Not heard of for {}.{lost}", format::age(runner.last_seen_at, around.now));
            (Mark::new(Glyph::Infra, "Away"), Some(prose(&note)))
        }
        (false, Some(pause)) => {
            let left = match busy {
                0 => "Nothing runs on it any more: it can be stopped.".to_owned(),
                busy => format!("{} to end.", plural(busy as u64, "task")),
            };
            let note = format!("{} {left}", why::sentence(&blocked(pause, around.now)));
            (Mark::new(Glyph::Skip, if busy > 0 { "Draining" } else { "Drained" }), Some(prose(&note)))
        }
        (false, None) => (Mark::new(Glyph::Ok, "Online"), None),
    };
    RunnerView {
        name: runner.name.clone(),
        mark,
        kind: kind(&runner.offers, runner.about.version.as_deref()),
        labels: runner.offers.resource_classes.clone(),
        busy,
        slots: runner.about.capacity.map(|capacity| Slots { busy, capacity }),
        tasks: tasks(&own, around),
        note,
        seen: When::ago(runner.last_seen_at, around.now),
        paused: pause.is_some(),
        removable: away && busy == 0,
    }
}

fn kind(offers: &Offers, version: Option<&str>) -> String {
    let executors = match (offers.docker, offers.machine) {
        (true, true) => "Docker and machine",
        (true, false) => "Docker",
        (false, true) => "machine",
        (false, false) => "no executor works there",
    };
    match version {
        Some(version) => format!("{executors}, version {version}"),
        None => executors.to_owned(),
    }
}

/// The jobs on a runner; the parallel runs of one job are named together.
fn tasks(own: &[&RunningTask], around: &Around<'_>) -> Vec<TaskView> {
    let same = own.chunk_by(|one, other| one.job_id == other.job_id);
    let views = same.filter_map(|tasks| {
        let job = around.jobs.get(&tasks[0].job_id)?;
        let runs: Vec<String> = tasks.iter().map(|task| task.node_index.to_string()).collect();
        let runs = match (job.parallelism, runs.as_slice()) {
            (0 | 1, _) => String::new(),
            (_, [run]) => format!(", run {run}"),
            (_, runs) => format!(", runs {}", runs.join(", ")),
        };
        let mut named = JobName::of_job(job, around.readable);
        if let (Some(named), run @ 1..) = (&mut named, tasks[0].node_index) {
            named.href += &format!("?run={run}");
        }
        let since = tasks.iter().map(|task| task.since).min();
        Some(TaskView { job: named, runs, lapse: Lapse::new(since, None, around.now) })
    });
    views.collect()
}
