//! One job: its steps with their logs, or why it has none yet.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, StatusCode,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use model::{
    event::StepKey,
    job::JobState,
    plan::{Executor, JobPlan},
    time::Timestamp,
};
use serde::Deserialize;
use store::{
    job::Job,
    pipeline::Pipeline,
    project::Project,
    task::{Task, TaskState},
    workflow::Workflow,
};

use super::{
    WebState, address,
    error::PageError,
    keeps::{Tab, Tabs},
    offer::{self, Offers, Question},
    part::{Lapse, Mark, Name, Reference, When, prose},
    serial::{self, Queue},
    steps::{self, StepView},
    why::{self, Note},
    workflow,
};
use crate::{
    http::{
        auth::Actor,
        format,
        page::{Area, Frame, Html, render},
        viewer::Viewer,
    },
    log::LogKey,
};

/// What of the job is shown.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct View {
    /// Which of its parallel tasks.
    #[serde(default)]
    pub run: u32,
    /// Whose log is shown from `line` on: `3.0`.
    pub step: Option<String>,
    /// The first line of that.
    pub line: Option<u64>,
}

impl View {
    /// The step and line that a link asks for.
    pub fn place(&self) -> Option<(StepKey, u64)> {
        let (step, attempt) = self.step.as_deref()?.split_once('.')?;
        Some((StepKey { step: step.parse().ok()?, attempt: attempt.parse().ok()? }, self.line.unwrap_or(1)))
    }
}

/// A job with what is around it.
pub struct Loaded {
    pub project: Project,
    pub pipeline: Pipeline,
    pub workflow: Workflow,
    pub siblings: Vec<Job>,
    pub others: Vec<store::overview::WorkflowOverview>,
    pub job: Job,
    pub plan: Option<JobPlan>,
    pub tasks: Vec<Task>,
    /// When retention removed what its steps printed.
    pub logs_deleted_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    tabs: Tabs,
    shape: &'static str,
    org: String,
    repo: String,
    project_href: String,
    pipeline_href: String,
    workflow_href: String,
    number: u64,
    pipeline_number: u64,
    name: String,
    workflow: String,
    mark: Mark,
    siblings: Vec<Sibling>,
    others: Vec<Sibling>,
    lapse: Lapse,
    queued: Option<String>,
    reference: Reference,
    sha: String,
    commit_href: String,
    place: Vec<String>,
    age: Option<When>,
    note: Option<Note>,
    question: Option<Question>,
    offers: Offers,
    queue: Option<Queue>,
    runs: Vec<Run>,
    steps: Vec<StepView>,
    follow: bool,
    raw: Option<String>,
    /// When retention removed what its steps printed.
    gone: Option<String>,
    /// Jobs that it waits for.
    waits: Vec<Sibling>,
    will: Vec<String>,
}

/// A job in the rail.
#[derive(Clone, Debug)]
struct Sibling {
    href: String,
    name: Name,
    mark: Mark,
    lapse: Lapse,
    current: bool,
    key: Option<&'static str>,
}

/// A parallel task.
#[derive(Clone, Debug)]
struct Run {
    index: u32,
    href: String,
    mark: Mark,
    title: String,
    current: bool,
}

/// What is known of a job beside its steps.
struct Around {
    tabs: Tabs,
    runner: Option<String>,
    queue: Option<Queue>,
}

/// Loads a job by the numbers in its address.
pub async fn load(state: &WebState, project: Project, pipeline: Pipeline, number: u64) -> Result<Loaded, PageError> {
    let db = state.store.read();
    let missing = || PageError::NotFound(format!("Pipeline {} has no job {number}.", pipeline.number));
    let mut job = store::job::find_by_number(db, project.id, number).await?.ok_or_else(missing)?;
    if job.pipeline_id != pipeline.id {
        return Err(missing());
    }
    let workflow = store::workflow::get(db, job.workflow_id).await?;
    let siblings = store::job::list_by_workflow(db, workflow.id).await?;
    let mut others = store::overview::list_workflows(db, &[pipeline.id]).await?;
    others.retain(|other| other.id != workflow.id);
    state.queue.explain(std::slice::from_mut(&mut job), 1).await?;
    let plan = store::job::get_plan(db, job.id).await?;
    let tasks = store::task::list_by_job(db, job.id).await?;
    let logs_deleted_at = store::job::find_logs_deleted_at(db, job.id).await?;
    Ok(Loaded { project, pipeline, workflow, siblings, others, job, plan, tasks, logs_deleted_at })
}

/// The page. `live` asks for the page without the lines of logs, which its stream brings.
pub async fn page(
    state: &WebState,
    loaded: &Loaded,
    view: &View,
    live: bool,
    viewer: Viewer,
    actor: Option<&Actor>,
) -> Result<Response, PageError> {
    let now = state.now();
    let task = match loaded.tasks.iter().find(|task| task.node_index == view.run) {
        Some(task) => Some(task),
        None if view.run == 0 => None,
        None => return Err(PageError::NotFound(format!("The job {} has no run {}.", loaded.job.name, view.run))),
    };
    let steps = match task {
        Some(task) => steps::load(state, loaded, task, view, live, now).await?,
        None => steps::Steps::default(),
    };
    let runner = match task.and_then(|task| task.runner_id) {
        Some(runner) => Some(store::runner::get(state.store.read(), runner).await?.name),
        None => None,
    };
    let href = address::job(&loaded.pipeline.slug, loaded.pipeline.number, loaded.workflow.id, loaded.job.number);
    let tabs = Tabs::load(state, loaded, href, Tab::Steps).await?;
    let queue = serial::load(state, &loaded.pipeline, &loaded.job, &viewer, actor).await?;
    Ok(render(StatusCode::OK, &make(loaded, view, Around { tabs, runner, queue }, task, steps, viewer, now)))
}

/// `GET …/jobs/{n}/steps/{step}/{attempt}/log`: the log, byte for byte.
pub async fn raw(state: &WebState, loaded: &Loaded, run: u32, step: StepKey) -> Result<Response, PageError> {
    let missing = || PageError::NotFound(format!("The job {} has no log of the step {step}.", loaded.job.name));
    let task = loaded.tasks.iter().find(|task| task.node_index == run).ok_or_else(missing)?;
    let steps = store::step::list_by_task(state.store.read(), task.id).await?;
    if !steps.iter().any(|found| found.key == step) {
        return Err(missing());
    }
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-cache, private".to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"job-{}-step-{step}.log\"", loaded.job.number)),
    ];
    let (logs, key) = (state.logs.clone(), LogKey::of(task, step));
    let stream = futures_util::stream::try_unfold(0_u64, move |offset| {
        let logs = logs.clone();
        async move {
            let bytes = logs.read(key, offset, 256 << 10).await?;
            let next = offset + bytes.len() as u64;
            Ok::<_, std::io::Error>((!bytes.is_empty()).then_some((bytes, next)))
        }
    });
    Ok((headers, axum::body::Body::from_stream(stream)).into_response())
}

/// Whether a browser asks for what has changed.
pub fn is_live(headers: &HeaderMap) -> bool {
    headers.contains_key("x-live")
}

fn make(
    loaded: &Loaded,
    view: &View,
    around: Around,
    task: Option<&Task>,
    steps: steps::Steps,
    viewer: Viewer,
    now: Timestamp,
) -> JobPage {
    let Around { tabs, runner, queue } = around;
    let Loaded { project, pipeline, workflow, siblings, others, job, plan, tasks, logs_deleted_at } = loaded;
    let (slug, number) = (&pipeline.slug, pipeline.number);
    let href = address::job(slug, number, workflow.id, job.number);
    let mark = workflow::mark(job, siblings);
    let (question, offers) = (offer::question(job, &viewer), offer::of_job(job, &viewer));
    let mut frame = Frame::new(format!("{} · {} #{number}", job.name, slug.repo), Area::Pipelines, viewer);
    let over = job.state.outcome().is_some();
    if !over {
        frame.events = Some(match task {
            Some(_) => format!("/events?job={}&run={}&from={}", job.id, view.run, steps.cursor),
            None => format!("/events?job={}&run={}", job.id, view.run),
        });
    }
    let rail = |job: &Job, key: Option<&'static str>, current: bool| Sibling {
        href: address::job(slug, number, workflow.id, job.number),
        name: Name::new(&job.name),
        mark: workflow::mark(job, siblings),
        lapse: Lapse::new(job.started_at, job.ended_at, now),
        current,
        key,
    };
    let place = siblings.iter().position(|sibling| sibling.id == job.id).unwrap_or(0);
    let waits = workflow::waits_for(job, siblings);
    let has_steps = task.is_some_and(|task| !matches!(task.state, TaskState::Queued) || steps.begun);
    JobPage {
        tabs,
        shape: if has_steps { "steps" } else { "waiting" },
        org: slug.org.clone(),
        repo: slug.repo.clone(),
        project_href: address::project(slug),
        pipeline_href: address::pipeline(slug, number),
        workflow_href: format!("{}#wf-{}", address::pipeline(slug, number), workflow.id),
        number: job.number,
        pipeline_number: number,
        name: job.name.clone(),
        workflow: workflow.name.clone(),
        mark,
        siblings: siblings
            .iter()
            .enumerate()
            .map(|(at, sibling)| {
                let key = if at + 1 == place { Some("[") } else { (at == place + 1).then_some("]") };
                rail(sibling, key, at == place)
            })
            .collect(),
        others: others.iter().map(|other| other_workflow(slug, number, other, now)).collect(),
        lapse: match job.state {
            JobState::Blocked | JobState::OnHold => Lapse::new(Some(job.created_at), None, now),
            JobState::Queued => Lapse::new(job.queued_at, None, now),
            JobState::Running | JobState::Ended(_) => Lapse::new(job.started_at, job.ended_at, now),
        },
        queued: queued(job),
        reference: Reference::new(slug, &pipeline.git_ref),
        sha: pipeline.sha.short().to_owned(),
        commit_href: address::commit(&project.web_url, slug.vcs, &pipeline.sha),
        place: environment(job, plan.as_ref(), runner.as_deref()),
        age: job.ended_at.map(|at| When::ago(at, now)),
        question,
        offers,
        queue,
        note: why::of_job(job, siblings).map(|(title, text)| note(mark, job, title, &text, &steps)),
        runs: if tasks.len() > 1 {
            tasks.iter().map(|task| run(task, &href, view.run, now)).collect()
        } else {
            Vec::new()
        },
        follow: !over && has_steps,
        // Nothing raw is left, either.
        raw: match logs_deleted_at {
            Some(_) => None,
            None => steps.views.iter().find(|step| step.open).or(steps.views.last()).map(|step| step.raw.clone()),
        },
        gone: logs_deleted_at.map(format::moment),
        steps: steps.views,
        waits: siblings
            .iter()
            .filter(|sibling| waits.contains(&sibling.name))
            .map(|job| rail(job, None, false))
            .collect(),
        will: plan.iter().flat_map(|plan| &plan.steps).map(|step| step.name.clone()).collect(),
        frame,
    }
}

/// The sentence over the page, which leads to the first error. How a job ended needs no more words than the cause: the
/// page's title names the job, and its glyph says the rest.
fn note(mark: Mark, job: &Job, title: String, text: &str, steps: &steps::Steps) -> Note {
    let href =
        steps.views.iter().find(|step| step.failed).map(|step| match step.lines.iter().find(|line| line.error) {
            Some(line) => format!("#{}-{}", step.anchor, line.number),
            None => format!("#{}", step.anchor),
        });
    match (job.state, &job.reason) {
        (JobState::Ended(_), Some(reason)) => Note { mark, title: reason_title(reason), text: Html::default(), href },
        _ => Note { mark, title, text: prose(text), href },
    }
}

/// A reason as a title: with a capital, and without the full stop of a single sentence.
fn reason_title(reason: &str) -> String {
    let sentence = why::sentence(reason);
    match sentence.strip_suffix('.') {
        Some(short) if !short.contains(". ") => short.replace('`', ""),
        _ => sentence.replace('`', ""),
    }
}

fn queued(job: &Job) -> Option<String> {
    let waited = job.started_at?.millis_since(job.queued_at?);
    (waited >= 0).then(|| format!("queued {}", format::duration(waited)))
}

fn environment(job: &Job, plan: Option<&JobPlan>, runner: Option<&str>) -> Vec<String> {
    let image = plan.map(|plan| match &plan.executor {
        Executor::Docker { containers } => {
            let first = containers.first().map(|container| container.image.clone()).unwrap_or_default();
            match containers.len() {
                0 | 1 => first,
                more => format!("{first} and {}", format::plural(more as u64 - 1, "service")),
            }
        }
        Executor::Machine { image: Some(image), .. } => format!("machine, {image}"),
        Executor::Machine { image: None, .. } => "machine".to_owned(),
        Executor::Macos { xcode } => format!("macOS with Xcode {xcode}"),
    });
    let on = match (&job.resource_class, runner) {
        (Some(class), Some(runner)) => Some(format!("{class} on {runner}")),
        (None, Some(runner)) => Some(format!("on {runner}")),
        (Some(class), None) => Some(class.to_string()),
        (None, None) => None,
    };
    image.into_iter().chain(on).collect()
}

fn run(task: &Task, href: &str, current: u32, now: Timestamp) -> Run {
    let state = match task.state {
        TaskState::Queued => JobState::Queued,
        TaskState::Running { .. } => JobState::Running,
        TaskState::Ended(outcome) => JobState::Ended(outcome),
    };
    let took = match Lapse::new(task.claimed_at, task.ended_at, now) {
        Lapse::Over(millis) => format!(": {}", format::duration(millis)),
        Lapse::Running(_) | Lapse::None => String::new(),
    };
    Run {
        index: task.node_index,
        href: format!("{href}?run={}", task.node_index),
        mark: Mark::of_job(state),
        title: format!("Run {}{took}", task.node_index),
        current: task.node_index == current,
    }
}

fn other_workflow(
    slug: &model::project::ProjectSlug,
    number: u64,
    other: &store::overview::WorkflowOverview,
    now: Timestamp,
) -> Sibling {
    Sibling {
        href: format!("{}#wf-{}", address::pipeline(slug, number), other.id),
        name: Name::new(&other.name),
        mark: Mark::of_workflow(other.status, &other.jobs),
        lapse: if other.jobs.is_empty() {
            Lapse::None
        } else {
            Lapse::new(Some(other.created_at), other.ended_at, now)
        },
        current: false,
        key: None,
    }
}
