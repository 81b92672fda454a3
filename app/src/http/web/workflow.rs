//! A workflow on its pipeline's page: a graph of its jobs.

use std::collections::HashMap;

use model::{
    id::WorkflowId,
    job::{JobState, Outcome},
    plan::Skipped,
    project::ProjectSlug,
    time::Timestamp,
};
use store::{job::Job, workflow::Workflow};

use super::{
    address, graph, offer,
    part::{Dots, Glyph, Lapse, Mark, Name, prose},
    why::{self, sentence},
};
use crate::http::{page::Html, viewer::Viewer};

/// More jobs than this make no graph that anybody could read.
const GRAPH: usize = 60;

/// Characters of a node's small text on one line.
const LINE: usize = 21;

/// A workflow, folded or open.
#[derive(Clone, Debug)]
pub struct WorkflowView {
    pub id: WorkflowId,
    pub name: String,
    pub mark: Mark,
    pub open: bool,
    pub dots: Dots,
    pub lapse: Lapse,
    /// There are so many jobs that they are a list, and no graph.
    pub many: bool,
    pub columns: Vec<Vec<NodeView>>,
    pub edges: Vec<EdgeView>,
    pub width: i32,
    pub height: i32,
    /// Jobs that are left out, and why.
    pub skipped: Vec<(String, Html)>,
    /// Which attempt it is, and why there is one.
    pub attempt: String,
    /// Whether it has any job.
    pub runs: bool,
}

/// A job in the graph.
#[derive(Clone, Debug)]
pub struct NodeView {
    pub id: String,
    pub class: String,
    pub href: String,
    pub name: Name,
    pub parallelism: Option<u32>,
    pub mark: Mark,
    pub lapse: Lapse,
    pub text: String,
    pub needs: String,
    /// Where an approval goes.
    pub approve: Option<String>,
}

/// A line of the graph.
#[derive(Clone, Debug)]
pub struct EdgeView {
    pub from: String,
    pub to: String,
    pub path: String,
    pub todo: bool,
}

/// Whether a later attempt stands in a workflow's place.
pub fn is_superseded(workflow: &Workflow, all: &[(Workflow, Vec<Job>)]) -> bool {
    all.iter().any(|(other, _)| other.workspace_id == workflow.workspace_id && other.attempt > workflow.attempt)
}

/// The jobs that a blocked job still waits for.
pub fn waits_for(job: &Job, siblings: &[Job]) -> Vec<String> {
    let open = |name: &str| siblings.iter().any(|other| other.name == name && other.state.outcome().is_none());
    job.requires.iter().filter(|required| open(&required.job)).map(|required| required.job.clone()).collect()
}

/// The mark of a job: one that nothing blocks but its serial group waits for its turn.
pub fn mark(job: &Job, siblings: &[Job]) -> Mark {
    match job.state {
        JobState::Blocked if job.serial_group.is_some() && waits_for(job, siblings).is_empty() => {
            Mark::new(Glyph::Wait, "Waiting")
        }
        state => Mark::of_job(state),
    }
}

/// In a few words, why a job stands where it stands; empty where its duration says enough.
pub fn short_reason(job: &Job, siblings: &[Job]) -> String {
    match job.state {
        JobState::Blocked => match (waits_for(job, siblings).as_slice(), &job.serial_group) {
            ([], Some(group)) => format!("waits for {}", group.0),
            ([], None) => job.waits_for.clone().unwrap_or_else(|| "about to start".to_owned()),
            ([one], _) => format!("blocked by {one}"),
            (several, _) => format!("blocked by {} jobs", several.len()),
        },
        JobState::OnHold => "waits for approval".to_owned(),
        JobState::Queued => job.waits_for.clone().unwrap_or_else(|| "waits for a runner".to_owned()),
        JobState::Running | JobState::Ended(Outcome::Success) => String::new(),
        JobState::Ended(outcome) => match (&job.reason, outcome) {
            (Some(reason), _) => reason.clone(),
            (None, Outcome::NotRun) => "not run".to_owned(),
            (None, _) => String::new(),
        },
    }
}

/// Makes the view of a workflow.
pub fn view(
    slug: &ProjectSlug,
    number: u64,
    workflow: &Workflow,
    jobs: &[Job],
    viewer: &Viewer,
    newest: bool,
    now: Timestamp,
) -> WorkflowView {
    let states: Vec<JobState> = jobs.iter().map(|job| job.state).collect();
    let places: HashMap<&str, usize> = jobs.iter().enumerate().map(|(at, job)| (job.name.as_str(), at)).collect();
    let reasons: Vec<String> = jobs.iter().map(|job| cut(&short_reason(job, jobs), 3 * LINE)).collect();
    let nodes: Vec<graph::Node> = jobs
        .iter()
        .zip(&reasons)
        .map(|(job, reason)| graph::Node {
            after: job.requires.iter().filter_map(|required| places.get(required.job.as_str()).copied()).collect(),
            units: match lines(reason) {
                // The button below the words.
                _ if viewer.may_act() && job.state == JobState::OnHold => 3,
                0 => 2,
                1 if !started(job) => 2,
                _ => 3,
            },
        })
        .collect();
    let many = jobs.len() > GRAPH;
    let layout = if many { list(jobs) } else { graph::layout(&nodes) };
    // Attempts stand on one page, and a job that an attempt reuses has its number in both.
    let id = |at: usize| format!("j-{}-{}", workflow.attempt, jobs[at].number);
    let columns = layout.columns.iter().map(|column| {
        let nodes = column.iter().map(|place| {
            let job = &jobs[place.node];
            let href = address::job(slug, number, workflow.id, job.number);
            NodeView {
                approve: offer::question(job, viewer).filter(|it| it.on).map(|it| it.approve),
                ..node(job, jobs, place, id(place.node), href, now)
            }
        });
        nodes.collect()
    });
    let edges = layout.edges.iter().map(|edge| EdgeView {
        from: id(edge.from),
        to: id(edge.to),
        path: edge.path.clone(),
        todo: jobs[edge.from].state.outcome().is_none()
            || matches!(jobs[edge.to].state, JobState::Blocked)
            || jobs[edge.to].state == JobState::Ended(Outcome::NotRun),
    });
    let mark = Mark::of_workflow(workflow.status, &states);
    WorkflowView {
        id: workflow.id,
        name: workflow.name.clone(),
        mark,
        open: newest && !matches!(mark.glyph, Glyph::Ok | Glyph::Skip | Glyph::Cancel),
        dots: Dots::of_jobs(&states),
        lapse: if jobs.is_empty() {
            Lapse::None
        } else {
            Lapse::new(Some(workflow.created_at), workflow.ended_at, now)
        },
        many,
        columns: columns.collect(),
        edges: edges.collect(),
        attempt: if newest || workflow.attempt > 1 { offer::attempt(workflow) } else { "attempt 1".to_owned() },
        width: layout.width,
        height: layout.height,
        skipped: workflow
            .skipped
            .iter()
            .map(|Skipped { name, reason }| (name.clone(), prose(&sentence(reason))))
            .collect(),
        runs: !jobs.is_empty(),
    }
}

/// All jobs in one column: those that somebody has to look at first.
fn list(jobs: &[Job]) -> graph::Layout {
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|at| why::rank(jobs[*at].state));
    graph::Layout { columns: vec![order.into_iter().map(graph::Place::plain).collect()], ..graph::Layout::default() }
}

fn node(job: &Job, siblings: &[Job], place: &graph::Place, id: String, href: String, now: Timestamp) -> NodeView {
    let mark = mark(job, siblings);
    let mut class = match mark.glyph {
        Glyph::Bad | Glyph::Time | Glyph::Error => "node bad".to_owned(),
        Glyph::Run => "node run".to_owned(),
        Glyph::Hold => "node hold".to_owned(),
        Glyph::Block | Glyph::Skip | Glyph::Cancel => "node off".to_owned(),
        Glyph::Infra => "node infra".to_owned(),
        Glyph::Ok | Glyph::Queued | Glyph::Wait | Glyph::Lock => "node".to_owned(),
    };
    if place.units > 2 {
        class += &format!(" h{}", place.units);
    }
    if place.skipped > 0 {
        class += &format!(" s{}", place.skipped);
    }
    let needs: Vec<&str> = job.requires.iter().map(|required| required.job.as_str()).collect();
    NodeView {
        id,
        class,
        href,
        name: Name::new(&job.name),
        parallelism: Some(job.parallelism).filter(|count| *count > 1),
        mark,
        lapse: if started(job) { Lapse::new(job.started_at, job.ended_at, now) } else { Lapse::None },
        text: cut(&short_reason(job, siblings), 2 * LINE + 4),
        needs: needs.join(", "),
        approve: None,
    }
}

fn started(job: &Job) -> bool {
    job.started_at.is_some() && !matches!(job.state, JobState::Queued | JobState::Blocked)
}

fn lines(text: &str) -> usize {
    text.chars().count().div_ceil(LINE)
}

/// Shortens a text that the job's own page says in full.
fn cut(text: &str, most: usize) -> String {
    let text = text.replace('`', "");
    if text.chars().count() <= most {
        return text;
    }
    let start: String = text.chars().take(most - 1).collect();
    // Rather a word less than half a word, unless it is a long one.
    let end = start.rfind(' ').filter(|end| start.len() - end < 12).unwrap_or(start.len());
    format!("{}…", start[..end].trim_end())
}
