//! The steps of a job's task, each with a window of its log.

use model::{
    event::{StepKey, StepResult},
    plan::{JobPlan, StepKind},
    time::Timestamp,
};
use store::{
    step::Step,
    task::{Task, TaskState},
};
use tracing::error;

use super::{
    WebState, address,
    error::PageError,
    job::{Loaded, View},
    log::{Cursor, LogLine, Place, Window, anchor},
    part::{Glyph, Lapse, Mark},
};
use crate::{http::format, log::LogKey};

/// Lines of an open step.
const OPEN_LINES: u64 = 2_000;
/// Lines of a folded one.
const FOLDED_LINES: u64 = 200;

/// The steps of a task.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    pub views: Vec<StepView>,
    /// Whether any has begun.
    pub begun: bool,
    /// Behind all lines that the views show.
    pub cursor: Cursor,
}

/// A step with its log.
#[derive(Clone, Debug)]
pub struct StepView {
    pub anchor: String,
    pub name: String,
    pub detail: String,
    pub mark: Mark,
    pub lapse: Lapse,
    /// Its part of the time from the first step's start to the last one's end, once all is over: where it begins, and how long
    /// it is, in thousandths.
    pub share: Option<(i64, i64)>,
    pub open: bool,
    pub failed: bool,
    /// It has not begun.
    pub future: bool,
    pub command: String,
    pub lines: Vec<LogLine>,
    /// Lines that come before those shown, and the way to them.
    pub earlier: Option<(String, String)>,
    /// Lines that come after those shown, and the way to them.
    pub later: Option<(String, String)>,
    pub raw: String,
    pub size: String,
    pub empty: Option<&'static str>,
}

/// Loads the steps that have begun, and names those that will come.
pub async fn load(
    state: &WebState,
    loaded: &Loaded,
    task: &Task,
    view: &View,
    live: bool,
    now: Timestamp,
) -> Result<Steps, PageError> {
    let rows = store::step::list_by_task(state.store.read(), task.id).await?;
    let place = view.place();
    let href = address::job(&loaded.pipeline.slug, loaded.pipeline.number, loaded.workflow.id, loaded.job.number);
    let last_running = rows.iter().rfind(|step| step.result.is_none() && !step.background).map(|step| step.key);
    let only = rows.len() == 1;
    let mut steps = Steps { views: Vec::new(), begun: !rows.is_empty(), cursor: Cursor::start(task.epoch) };
    for step in &rows {
        let failed = step.result.as_ref().is_some_and(is_failure);
        let asked = place.filter(|(key, _)| *key == step.key);
        let open = failed || asked.is_some() || last_running == Some(step.key) || only;
        let lines = match (live, asked) {
            (true, _) => Place::Nothing,
            (false, Some((_, line))) => Place::From(line, OPEN_LINES),
            (false, None) => Place::Last(if open { OPEN_LINES } else { FOLDED_LINES }),
        };
        let key = LogKey::of(task, step.key);
        let window = Window::read(&state.logs, &state.counts, key, lines, failed).await.map_err(|error| {
            error!(job.id = %loaded.job.id, "The log of step {} could not be read: {error}", step.key);
            PageError::Internal
        })?;
        // Where only a piece is shown, the stream must not go on behind a gap.
        if !window.lines.is_empty() && !window.after {
            steps.cursor.logs.insert(step.key, window.end);
        }
        let mut view = one(step, window, open, &href, view.run, now);
        if view.empty.is_some() && loaded.logs_deleted_at.is_some() {
            view.empty = Some("What it printed was removed.");
        }
        steps.views.push(view);
    }
    if let TaskState::Ended(_) = task.state {
        for (view, share) in steps.views.iter_mut().zip(shares(&rows)) {
            view.share = share;
        }
    }
    if let (TaskState::Running { .. } | TaskState::Queued, Some(plan)) = (task.state, &loaded.plan) {
        let begun = rows.iter().map(|step| step.key.step).max().unwrap_or(0);
        steps.views.extend(future(plan, begun));
    }
    Ok(steps)
}

/// The part of each step in the whole time, in thousandths; none where there is no time to share.
fn shares(steps: &[Step]) -> Vec<Option<(i64, i64)>> {
    let begin = steps.iter().map(|step| step.started_at).min();
    let end = steps.iter().filter_map(|step| step.ended_at).max();
    let whole = begin.zip(end).map_or(0, |(begin, end)| end.millis_since(begin));
    // A runner may say any time there is: thousandths of it do not fit into 64 bits.
    let thousandths = |millis: i64| i128::from(millis) * 1_000 / i128::from(whole);
    let share = |step: &Step| {
        let (begin, end) = (begin?, step.ended_at?);
        let from = thousandths(step.started_at.millis_since(begin)).clamp(0, 994);
        // What took no time is still to be seen.
        let length = thousandths(end.millis_since(step.started_at)).clamp(6, 1_000);
        Some((i64::try_from(from).ok()?, i64::try_from(length).ok()?))
    };
    steps.iter().map(|step| if whole < 1_000 || steps.len() < 2 { None } else { share(step) }).collect()
}

fn one(step: &Step, window: Window, open: bool, href: &str, run: u32, now: Timestamp) -> StepView {
    let mark = mark(step);
    let failed = step.result.as_ref().is_some_and(is_failure);
    let link = |line: u64| {
        let run = if run == 0 { String::new() } else { format!("run={run}&") };
        format!("{href}?{run}step={}&line={line}#{}", step.key, anchor(step.key))
    };
    let first = window.before + 1;
    let last = window.before + window.lines.len() as u64;
    let earlier = (window.before > 0).then(|| {
        let from = first.saturating_sub(OPEN_LINES).max(1);
        (link(from), format!("Lines {} to {}", format::count(from), format::count(first - 1)))
    });
    let later = window.after.then(|| (link(last + 1), format!("Lines from {}", format::count(last + 1))));
    let running = step.result.is_none();
    let empty = match (window.size_bytes, running) {
        (1.., _) => None,
        (0, true) => Some("No output yet."),
        (0, false) => Some("It printed nothing."),
    };
    let command =
        if step.command.trim() == step.name.trim() && !step.command.contains('\n') { "" } else { &step.command };
    StepView {
        anchor: anchor(step.key),
        name: first_line(&step.name),
        detail: detail(step),
        mark,
        lapse: Lapse::new(Some(step.started_at), step.ended_at, now),
        share: None,
        open,
        failed,
        future: false,
        command: command.trim_end().to_owned(),
        lines: window.lines,
        earlier,
        later,
        raw: address::log(href, run, step.key),
        size: format::bytes(window.size_bytes),
        empty,
    }
}

/// The steps of the plan that have not begun.
fn future(plan: &JobPlan, begun: u32) -> Vec<StepView> {
    (1..)
        .zip(&plan.steps)
        .filter(|(index, _)| *index > begun)
        .map(|(index, step)| StepView {
            anchor: anchor(StepKey::first(index)),
            name: first_line(&step.name),
            detail: match &step.kind {
                StepKind::Run(run) if run.background => "in the background".to_owned(),
                _ => String::new(),
            },
            mark: Mark::new(Glyph::Block, "Not begun"),
            lapse: Lapse::None,
            share: None,
            open: false,
            failed: false,
            future: true,
            command: String::new(),
            lines: Vec::new(),
            earlier: None,
            later: None,
            raw: String::new(),
            size: String::new(),
            empty: None,
        })
        .collect()
}

fn mark(step: &Step) -> Mark {
    match &step.result {
        None => Mark::new(Glyph::Run, "Running"),
        Some(StepResult::Exit { code: 0 }) => Mark::new(Glyph::Ok, "Succeeded"),
        Some(StepResult::Exit { .. } | StepResult::Signal { .. }) => Mark::new(Glyph::Bad, "Failed"),
        Some(StepResult::TimedOut { .. } | StepResult::NoOutput { .. }) => Mark::new(Glyph::Time, "Timed out"),
        Some(StepResult::Canceled) => Mark::new(Glyph::Cancel, "Canceled"),
        Some(StepResult::NotStarted { .. } | StepResult::Lost { .. }) => Mark::new(Glyph::Infra, "Could not run"),
    }
}

fn is_failure(result: &StepResult) -> bool {
    !result.is_success() && *result != StepResult::Canceled
}

fn detail(step: &Step) -> String {
    let attempt = (step.key.attempt > 0).then(|| format!("attempt {}", step.key.attempt + 1));
    let background = step.background.then(|| "in the background".to_owned());
    let result = step.result.as_ref().and_then(StepResult::sentence);
    attempt.into_iter().chain(background).chain(result).collect::<Vec<_>>().join(", ")
}

/// The first line of a name, which may be a whole script.
fn first_line(name: &str) -> String {
    let mut lines = name.trim().lines();
    let first = lines.next().unwrap_or_default();
    match lines.next() {
        Some(_) => format!("{first} …"),
        None => first.to_owned(),
    }
}
