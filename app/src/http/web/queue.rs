//! The queue of the whole server: what runs and waits by class, what is held back and by whom, and how much may run.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use model::{
    id::{JobId, ProjectId},
    project::ProjectSlug,
    time::Timestamp,
};
use store::{
    overview::JobOverview,
    pause::{self, Pause, PauseScope},
    project::Project,
    queue::{self, Line, Waiting},
    serial_group,
};

use super::{
    WebState, address,
    error::PageError,
    part::{Glyph, JobName, Lapse, Mark, prose},
    runners::jobs,
    serial::{self, Reader},
    why,
};
use crate::{
    dispatch::{LimitInForce, LimitOf, LimitOrigin, blocked, list_limits},
    http::{
        auth::{Readable, Visitor},
        format::{self, plural},
        page::{Area, Frame, Html, render},
        viewer::Viewer,
    },
};

/// Jobs that are shown with their reasons.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    running: u64,
    waiting: u64,
    oldest: Option<Lapse>,
    /// New work of the whole server is held back.
    all_paused: bool,
    pauses: Vec<PauseView>,
    jobs: Vec<JobView>,
    /// Jobs that wait beyond those shown.
    more: bool,
    limits: Vec<LimitView>,
    groups: Vec<serial::Queue>,
}

/// A pause in force.
#[derive(Clone, Debug)]
struct PauseView {
    mark: Mark,
    text: Html,
    /// How many tasks it lets run to their end.
    left: String,
    project: Option<ProjectId>,
    runner: Option<String>,
    link: Option<(String, String)>,
}

/// A job that waits for a runner.
#[derive(Clone, Debug)]
struct JobView {
    /// `None`: of a project that the reader may not see. Nor is why it waits, which may speak of that.
    job: Option<(JobName, Html)>,
    tasks: u64,
    class: String,
    lapse: Lapse,
}

/// A limit, or a class that has none.
#[derive(Clone, Debug)]
struct LimitView {
    title: String,
    href: Option<String>,
    running: u64,
    waiting: Option<u64>,
    most: Option<u32>,
    /// Where the limit comes from.
    origin: String,
    /// Of what it is, for the form.
    of: &'static str,
    class: Option<String>,
    project: Option<ProjectId>,
    /// An administrator has set it, and may take it back.
    set: bool,
}

impl LimitView {
    /// How much of it is used, out of 100.
    fn percent(&self) -> Option<u64> {
        let most = u64::from(self.most?);
        Some((self.running * 100).checked_div(most).unwrap_or(100).min(100))
    }

    fn is_full(&self) -> bool {
        self.most.is_some_and(|most| self.running >= u64::from(most))
    }
}

/// `GET /queue`.
pub async fn page(
    State(state): State<WebState>,
    viewer: Viewer,
    Visitor(actor): Visitor,
) -> Result<Response, PageError> {
    let (store, now) = (&state.store, state.now());
    let db = store.read();
    let lines = queue::list_lines(db).await?;
    let pauses = pause::list(db).await?;
    let projects: HashMap<ProjectId, Project> =
        store::project::list(db).await?.into_iter().map(|project| (project.id, project)).collect();
    let mut first = queue::list_waiting(db, SHOWN + 1).await?;
    let more = first.len() > SHOWN as usize;
    first.truncate(SHOWN as usize);
    let ids: Vec<JobId> = first.iter().map(|job| job.job_id).collect();
    let names = jobs(store::overview::list_jobs(db, &ids).await?);
    let tickets = serial_group::list_all(db, None).await?;
    let limits = list_limits(store).await?;
    let named = serial::projects(&tickets)
        .chain(names.values().map(|job| job.project_id))
        .chain(pauses.iter().filter_map(|pause| project_of_pause(&pause.scope)))
        .chain(limits.iter().filter_map(|limit| project_of_limit(&limit.of)));
    let readable = state.auth.readable(actor.as_ref(), named).await?;
    let pauses: Vec<Pause> = pauses
        .into_iter()
        .filter(|pause| project_of_pause(&pause.scope).is_none_or(|project| readable.has(project)))
        .collect();
    let limits =
        limits.into_iter().filter(|limit| project_of_limit(&limit.of).is_none_or(|project| readable.has(project)));
    let limits = limit_views(limits, &projects, now);
    let groups = serial::queues(&tickets, Reader { viewer: &viewer, readable: &readable }, now);
    let page = QueuePage {
        frame: Frame { events: Some("/events?server=true".to_owned()), ..Frame::new("Queue", Area::Queue, viewer) },
        running: lines.iter().map(|line| line.running).sum(),
        waiting: lines.iter().map(|line| line.waiting).sum(),
        oldest: first.first().map(|job| Lapse::new(Some(job.since), None, now)),
        all_paused: pauses.iter().any(|pause| pause.scope == PauseScope::All),
        pauses: pause_views(&state, &pauses, &projects, &lines, now).await?,
        jobs: job_views(&state, &first, &names, &readable, now).await?,
        more,
        limits,
        groups,
    };
    Ok(render(StatusCode::OK, &page))
}

/// The project that a pause is for.
fn project_of_pause(scope: &PauseScope) -> Option<ProjectId> {
    match scope {
        PauseScope::Project(id) => Some(*id),
        PauseScope::All | PauseScope::Runner(_) => None,
    }
}

/// The project that a limit is of.
fn project_of_limit(of: &LimitOf) -> Option<ProjectId> {
    match of {
        LimitOf::Project(id) => Some(*id),
        LimitOf::All | LimitOf::EachProject | LimitOf::Class(_) => None,
    }
}

async fn pause_views(
    state: &WebState,
    pauses: &[Pause],
    projects: &HashMap<ProjectId, Project>,
    lines: &[Line],
    now: Timestamp,
) -> store::Result<Vec<PauseView>> {
    let db = state.store.read();
    let mut views = Vec::new();
    for pause in pauses {
        let text = prose(&why::sentence(&blocked(pause, now)));
        let (running, project, runner, link) = match &pause.scope {
            PauseScope::All => (lines.iter().map(|line| line.running).sum(), None, None, None),
            PauseScope::Project(id) => {
                let link = projects.get(id).map(|it| (address::project(&it.slug), it.slug.full_name()));
                (queue::find_project(db, *id).await?.running, Some(*id), None, link)
            }
            PauseScope::Runner(name) => {
                let ids = store::runner::list(db).await?;
                let id = ids.iter().find(|runner| runner.name == *name).map(|runner| runner.id);
                let running = store::overview::list_running(db).await?;
                let count = running.iter().filter(|task| Some(task.runner_id) == id).count() as u64;
                (count, None, Some(name.clone()), Some(("/runners".to_owned(), name.clone())))
            }
        };
        let left = match running {
            0 => "Nothing of it runs any more.".to_owned(),
            running => format!("{} still to end.", plural(running, "task")),
        };
        let mark = Mark::new(Glyph::Hold, "Held back");
        views.push(PauseView { mark, text, left, project, runner, link });
    }
    Ok(views)
}

async fn job_views(
    state: &WebState,
    first: &[Waiting],
    names: &HashMap<JobId, JobOverview>,
    readable: &Readable,
    now: Timestamp,
) -> store::Result<Vec<JobView>> {
    let mut rows = Vec::new();
    for waiting in first {
        rows.push(store::job::get(state.store.read(), waiting.job_id).await?);
    }
    state.queue.explain(&mut rows, SHOWN as usize).await?;
    let views = rows.iter().zip(first).filter_map(|(job, waiting)| {
        let named = names.get(&job.id)?;
        Some(JobView {
            job: JobName::of_job(named, readable).map(|name| (name, prose(&why::queued(job)))),
            tasks: waiting.tasks,
            class: job.needs.map(|needs| queue::class(needs, job.resource_class.as_ref())).unwrap_or_default(),
            lapse: Lapse::new(Some(waiting.since), None, now),
        })
    });
    Ok(views.collect())
}

fn limit_views(
    limits: impl Iterator<Item = LimitInForce>,
    projects: &HashMap<ProjectId, Project>,
    now: Timestamp,
) -> Vec<LimitView> {
    let mut views = Vec::new();
    let mut own: Vec<(&ProjectSlug, LimitView)> = Vec::new();
    for limit in limits {
        let LimitInForce { of, most, running, waiting, origin } = limit;
        let (origin, set) = match origin {
            LimitOrigin::Nowhere => (String::new(), false),
            LimitOrigin::Setting(name) => (format!("setting {name}"), false),
            LimitOrigin::Administrator { by, at } => (format!("set by {by}, {}", format::ago(at, now)), true),
            LimitOrigin::OwnOfProject => ("the project's own".to_owned(), true),
        };
        let view = |title: &str, of| LimitView {
            title: title.to_owned(),
            href: None,
            running,
            waiting,
            most,
            origin,
            of,
            class: None,
            project: None,
            set,
        };
        match of {
            LimitOf::All => views.push(view("All tasks", "all")),
            LimitOf::EachProject => views.push(view("Each project", "each-project")),
            LimitOf::Class(class) => views.push(LimitView { class: Some(class.clone()), ..view(&class, "class") }),
            LimitOf::Project(id) => {
                let Some(Project { slug, .. }) = projects.get(&id) else { continue };
                let (href, project) = (Some(address::project(slug)), Some(id));
                own.push((slug, LimitView { href, project, ..view(&slug.full_name(), "project") }));
            }
        }
    }
    own.sort_by_key(|(slug, _)| slug.full_name());
    views.extend(own.into_iter().map(|(_, view)| view));
    views
}
