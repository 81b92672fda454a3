//! Requirements: known names, and no circles.

use std::collections::BTreeMap;

use model::plan::{GroupRole, JobGroup};

use crate::Code;
use crate::diagnostic::suggest::{did_you_mean_or_list, list};
use crate::diagnostic::{Report, Sink};
use crate::expand::{Instance, InstanceKind, Requirement, Workflow};

/// Requirements of one workflow, each job of a matrix counted.
const MAX_EDGES: usize = 500_000;

/// One item of `requires`: the jobs of the workflow that it means.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) targets: Vec<usize>,
}

/// The names by which jobs of a workflow can be required.
struct Names<'a> {
    /// By name, before jobs of the same name got numbers.
    base: BTreeMap<&'a str, Vec<usize>>,
    numbered: BTreeMap<&'a str, Vec<usize>>,
    aliases: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Names<'a> {
    fn of(workflow: &'a Workflow) -> Self {
        let mut names = Self { base: BTreeMap::new(), numbered: BTreeMap::new(), aliases: BTreeMap::new() };
        for (index, job) in workflow.jobs.iter().enumerate() {
            names.base.entry(&job.base_name).or_default().push(index);
            names.numbered.entry(&job.name).or_default().push(index);
            for alias in &job.aliases {
                let indices = names.aliases.entry(alias).or_default();
                if indices.last() != Some(&index) {
                    indices.push(index);
                }
            }
        }
        names
    }

    fn find(&self, name: &str) -> Option<&Vec<usize>> {
        self.base.get(name).or_else(|| self.numbered.get(name)).or_else(|| self.aliases.get(name))
    }
}

/// Looks up what each job of a workflow requires, in the order of its `requires`.
pub(crate) fn requires(sink: &Sink, workflow: &Workflow) -> Vec<Vec<Edge>> {
    let names = Names::of(workflow);
    let edge = |index: usize, job: &Instance, requirement: &Requirement| {
        let name = requirement.name.as_str();
        let found = names.find(name);
        if found.is_none() && !workflow.empty.iter().any(|empty| empty == name) {
            let message =
                format!("`{}` requires `{name}`, which is not a job of the workflow `{}`", job.name, workflow.name);
            let known = names.base.keys().chain(names.aliases.keys()).copied();
            let help = renamed(&workflow.jobs, name).or_else(|| did_you_mean_or_list(name, "its jobs are", known));
            sink.push(Report::error(Code::UnknownRequires, requirement.span, message).help(help));
        }
        // A name that several jobs have means none of them, unless there is only one besides the job itself.
        let is_shared = names.base.contains_key(name) && !names.aliases.contains_key(name);
        let shared = found.filter(|found| found.len() > 1 && is_shared);
        if let Some([only]) =
            shared.map(|found| found.iter().filter(|target| **target != index).collect::<Vec<_>>()).as_deref()
        {
            return Edge { targets: vec![**only] };
        }
        if let Some(found) = shared {
            let targets: Vec<&str> = found.iter().map(|target| workflow.jobs[*target].name.as_str()).collect();
            let message = format!(
                "`{}` requires `{name}`, which is the name of {} jobs of the workflow `{}`",
                job.name,
                targets.len(),
                workflow.name
            );
            let report = Report::error(Code::DuplicateJob, requirement.span, message);
            let help = format!("they run as {}: give each a `name` of its own", list(targets.into_iter().take(5)));
            sink.push(report.help(help));
            return Edge { targets: Vec::new() };
        }
        if let Some(found) = found {
            crossing(sink, workflow, job, requirement, found);
            never_met(sink, workflow, job, requirement, found);
        }
        Edge { targets: found.cloned().unwrap_or_default() }
    };
    let mut total = 0;
    let mut out = Vec::with_capacity(workflow.jobs.len());
    for (index, job) in workflow.jobs.iter().enumerate() {
        let edges: Vec<Edge> = job.requires.iter().map(|requirement| edge(index, job, requirement)).collect();
        total += edges.iter().map(|edge| edge.targets.len()).sum::<usize>();
        if total > MAX_EDGES {
            let message =
                format!("jobs of the workflow `{}` require others more than {MAX_EDGES} times", workflow.name);
            sink.push(Report::error(Code::TooLarge, job.span, message));
            out.resize_with(workflow.jobs.len(), Vec::new);
            return out;
        }
        out.push(edges);
    }
    out
}

/// Reports a job that requires one job of a job group which it is not in.
fn crossing(sink: &Sink, workflow: &Workflow, job: &Instance, requirement: &Requirement, found: &[usize]) {
    let inside = |job: &Instance| match &job.group {
        Some(JobGroup { name, role: GroupRole::Member }) => Some(name.clone()),
        Some(JobGroup { role: GroupRole::Entry | GroupRole::Exit, .. }) | None => None,
    };
    let own = job.group.as_ref().map(|group| &group.name);
    let foreign = found.iter().map(|target| &workflow.jobs[*target]).find_map(|target| {
        let group = inside(target)?;
        (Some(&group) != own).then_some((target, group))
    });
    if let Some((target, group)) = foreign {
        let message = format!("`{}` requires `{}`, a job inside the job group `{group}`", job.name, target.name);
        let report = Report::error(Code::JobGroup, requirement.span, message);
        sink.push(report.help(format!("require the group as a whole: `{group}`")));
    }
}

/// Warns of a status that no job group ends with: when one of its jobs fails, its end does not run.
fn never_met(sink: &Sink, workflow: &Workflow, job: &Instance, requirement: &Requirement, found: &[usize]) {
    let is_end = |target: &usize| matches!(&workflow.jobs[*target].group, Some(JobGroup { role: GroupRole::Exit, .. }));
    let never = |status: &str| matches!(status, "failed" | "unauthorized");
    if let Some((status, span)) = requirement.statuses.first()
        && found.iter().all(is_end)
        && requirement.statuses.iter().all(|(status, _)| never(status))
    {
        let group = &requirement.name;
        let message = format!("`{}` never runs: the job group `{group}` does not end with `{status}`", job.name);
        let help = "a group ends with `success` or, when one of its jobs fails, `not_run`; a job that reacts to a failure can \
                    stand in the group";
        sink.push(Report::warning(Code::JobGroup, *span, message).help(help.to_owned()));
    }
}

/// The name that a job has in the workflow, when it is required by the one it has in the configuration.
fn renamed(jobs: &[Instance], name: &str) -> Option<String> {
    let found = jobs.iter().find(|job| match &job.kind {
        InstanceKind::Job(definition) => definition.name == name,
        InstanceKind::Approval => false,
    })?;
    Some(format!("in this workflow, `{name}` has the name `{}`", found.name))
}

/// Reports a circle of requirements; `true` when there is one.
pub(crate) fn cycle(sink: &Sink, workflow: &Workflow, edges: &[Vec<Edge>]) -> bool {
    let jobs = &workflow.jobs;
    let mut state = vec![Visit::New; jobs.len()];
    for start in 0..jobs.len() {
        let Some(circle) = visit(start, edges, &mut state) else { continue };
        let mut names: Vec<&str> = circle.iter().map(|job| jobs[*job].name.as_str()).collect();
        names.push(names[0]);
        let span = jobs[circle[0]].requires.iter().zip(&edges[circle[0]]);
        let next = circle.get(1).unwrap_or(&circle[0]);
        let span =
            span.into_iter().find(|(_, edge)| edge.targets.contains(next)).map(|(requirement, _)| requirement.span);
        let (message, help) = match circle.as_slice() {
            [_] => (format!("the job `{}` requires itself", names[0]), "remove it from its `requires`"),
            _ => {
                let circle = names.join(" → ");
                let message = format!("jobs of the workflow `{}` wait for each other: {circle}", workflow.name);
                (message, "an arrow means \"requires\"; remove one of them")
            }
        };
        let report = Report::error(Code::RequiresCycle, span.unwrap_or(jobs[circle[0]].span), message);
        sink.push(report.help(help.to_owned()));
        return true;
    }
    false
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// Walks from a job along what it requires, without recursion; returns a circle if it meets one.
fn visit(start: usize, edges: &[Vec<Edge>], state: &mut [Visit]) -> Option<Vec<usize>> {
    if state[start] != Visit::New {
        return None;
    }
    let targets =
        |job: usize| -> Vec<usize> { edges[job].iter().flat_map(|edge| edge.targets.iter().copied()).collect() };
    let mut path = vec![(start, targets(start), 0_usize)];
    state[start] = Visit::Open;
    while let Some((job, next, at)) = path.last_mut() {
        let Some(target) = next.get(*at).copied() else {
            state[*job] = Visit::Done;
            path.pop();
            continue;
        };
        *at += 1;
        match state[target] {
            Visit::Done => {}
            Visit::New => {
                state[target] = Visit::Open;
                path.push((target, targets(target), 0));
            }
            Visit::Open => {
                let from = path.iter().position(|(job, ..)| *job == target).unwrap_or(0);
                return Some(path[from..].iter().map(|(job, ..)| *job).collect());
            }
        }
    }
    None
}
