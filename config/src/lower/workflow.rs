//! Workflows: what runs of them in this pipeline.

use std::collections::{BTreeMap, BTreeSet};

use model::plan::{
    GroupRole, JobGroup, JobKind, JobNode, RequiredStatus, Requires, SerialGroup, Skipped, WorkflowPlan,
    WorkflowSchedule,
};
use model::project::GitRef;

use super::filter::{Filters, Patterns, no_tag_filter};
use super::{job, schedule};
use crate::Code;
use crate::check::{self, Edge};
use crate::diagnostic::suggest::{did_you_mean_or_list, list};
use crate::diagnostic::{Report, Sink};
use crate::expand::{Instance, InstanceKind, Requirement, Workflow};

/// What runs, and what does not.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    pub(crate) workflows: Vec<WorkflowPlan>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) schedules: Vec<WorkflowSchedule>,
}

/// Makes plans of workflows. What does not run in this pipeline is checked all the same.
pub(crate) fn lower(sink: &Sink, git_ref: &GitRef, workflows: &[Workflow]) -> Lowered {
    let patterns = Patterns::default();
    let mut lowered = Lowered::default();
    for workflow in workflows {
        if let Some(triggers) = &workflow.triggers {
            lowered.schedules.extend(schedule::schedules(sink, &patterns, git_ref, &workflow.name, triggers));
        }
        let Some(plan) = plan(sink, &patterns, git_ref, workflow) else {
            if sink.errors() == 0 {
                let message = format!("the workflow `{}` cannot be compiled, and no reason was found", workflow.name);
                let report = Report::error(Code::InvalidValue, workflow.span, message);
                sink.push(
                    report
                        .help("this is a mistake in the compiler: please report it with the configuration".to_owned()),
                );
            }
            continue;
        };
        let name = workflow.name.to_string();
        if let Some(reason) = &workflow.skipped {
            lowered.skipped.push(Skipped { name, reason: reason.clone() });
        } else if plan.jobs.is_empty() {
            let reason = match plan.skipped.is_empty() {
                true => "it has no jobs".to_owned(),
                false => format!("all of its jobs are left out ({})", by_reason(&plan.skipped)),
            };
            lowered.skipped.push(Skipped { name, reason });
        } else {
            lowered.workflows.push(plan);
        }
    }
    lowered
}

/// Which jobs are left out for which reason.
fn by_reason(skipped: &[Skipped]) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for Skipped { name, reason } in skipped {
        match groups.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) => names.push(name),
            None => groups.push((reason, vec![name])),
        }
    }
    let texts: Vec<String> = groups
        .iter()
        .take(5)
        .map(|(reason, names)| match names.len() {
            0..=5 => format!("{}: {reason}", list(names.iter().copied())),
            count => format!("{} and {} more: {reason}", list(names.iter().take(3).copied()), count - 3),
        })
        .collect();
    texts.join("; ")
}

fn plan(sink: &Sink, patterns: &Patterns, git_ref: &GitRef, workflow: &Workflow) -> Option<WorkflowPlan> {
    let jobs = &workflow.jobs;
    let edges = check::requires(sink, workflow);
    check::serial_groups(sink, workflow);
    let is_cyclic = check::cycle(sink, workflow, &edges);
    let kinds: Vec<Option<JobKind>> = jobs.iter().map(|instance| kind(sink, instance)).collect();
    let requires: Vec<Vec<Requires>> =
        jobs.iter().zip(&edges).map(|(job, edges)| requires(sink, jobs, job, edges)).collect();
    let mut reasons: Vec<Option<String>> =
        jobs.iter().map(|instance| filtered(sink, patterns, git_ref, instance)).collect();
    if is_cyclic {
        return None;
    }
    propagate(jobs, &edges, &mut reasons);
    leave_out_groups(jobs, &mut reasons);
    let left_out: BTreeSet<&str> =
        jobs.iter().zip(&reasons).filter(|(_, reason)| reason.is_some()).map(|(job, _)| job.name.as_str()).collect();
    let mut plan = WorkflowPlan {
        name: workflow.name.to_string(),
        jobs: Vec::new(),
        skipped: Vec::new(),
        max_auto_reruns: workflow.max_auto_reruns,
    };
    for (((instance, kind), mut requires), reason) in jobs.iter().zip(kinds).zip(requires).zip(&reasons) {
        let name = instance.name.clone();
        if let Some(reason) = reason {
            plan.skipped.push(Skipped { name, reason: reason.clone() });
            continue;
        }
        requires.retain(|required| !left_out.contains(required.job.as_str()));
        let serial_group = instance.serial_group.clone().map(SerialGroup);
        let group = instance.group.clone();
        plan.jobs.push(JobNode { name, requires, serial_group, group, kind: kind? });
    }
    Some(plan)
}

fn kind(sink: &Sink, instance: &Instance) -> Option<JobKind> {
    match &instance.kind {
        InstanceKind::Approval => Some(JobKind::Approval),
        InstanceKind::Job(job) => {
            let call = format!("in the job `{}`, which is used here", job.name);
            sink.within(instance.span, call, || job::job(sink, job, &instance.contexts))
        }
    }
}

/// Why filters keep a job from running.
fn filtered(sink: &Sink, patterns: &Patterns, git_ref: &GitRef, instance: &Instance) -> Option<String> {
    match &instance.filters {
        Some(node) => Filters::read(sink, patterns, node).excludes(git_ref),
        None => git_ref.tag().map(no_tag_filter),
    }
}

/// A job group whose entry is left out is left out as a whole.
fn leave_out_groups(jobs: &[Instance], reasons: &mut [Option<String>]) {
    let entries: BTreeMap<&str, String> = jobs
        .iter()
        .zip(reasons.iter())
        .filter_map(|(job, reason)| match (&job.group, reason) {
            (Some(JobGroup { name, role: GroupRole::Entry }), Some(reason)) => Some((name.as_str(), reason.clone())),
            (_, _) => None,
        })
        .collect();
    for (job, reason) in jobs.iter().zip(reasons.iter_mut()) {
        if let Some(group) = &job.group
            && let Some(why) = entries.get(group.name.as_str())
        {
            reason.get_or_insert_with(|| why.clone());
        }
    }
}

/// A job whose requirements are all left out is left out as well. There are no circles here.
fn propagate(jobs: &[Instance], edges: &[Vec<Edge>], reasons: &mut [Option<String>]) {
    let targets: Vec<Vec<usize>> =
        edges.iter().map(|edges| edges.iter().flat_map(|edge| edge.targets.iter().copied()).collect()).collect();
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); jobs.len()];
    for (job, targets) in targets.iter().enumerate() {
        for target in targets {
            dependants[*target].push(job);
        }
    }
    // How many requirements of a job still run.
    let mut running: Vec<usize> = targets.iter().map(Vec::len).collect();
    let mut left_out: Vec<usize> = (0..jobs.len()).filter(|job| reasons[*job].is_some()).collect();
    while let Some(gone) = left_out.pop() {
        for job in &dependants[gone] {
            running[*job] -= 1;
            if running[*job] > 0 || reasons[*job].is_some() {
                continue;
            }
            let names: BTreeSet<&str> = targets[*job].iter().map(|target| jobs[*target].name.as_str()).collect();
            let what = match names.len() {
                1 => "the job that it requires is left out",
                _ => "all jobs that it requires are left out",
            };
            reasons[*job] = Some(format!("{what}: {}", list(names)));
            left_out.push(*job);
        }
    }
}

/// What a job waits for, each job once.
fn requires(sink: &Sink, jobs: &[Instance], instance: &Instance, edges: &[Edge]) -> Vec<Requires> {
    let mut out: Vec<Requires> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for (requirement, edge) in instance.requires.iter().zip(edges) {
        let statuses = statuses(sink, requirement);
        for target in &edge.targets {
            match places.get(target) {
                Some(at) => {
                    let known = &mut out[*at].statuses;
                    known.extend(statuses.iter().filter(|status| !known.contains(status)).copied().collect::<Vec<_>>());
                }
                None => {
                    places.insert(*target, out.len());
                    out.push(Requires { job: jobs[*target].name.clone(), statuses: statuses.clone() });
                }
            }
        }
    }
    out
}

const STATUSES: [RequiredStatus; 6] = [
    RequiredStatus::Success,
    RequiredStatus::Failed,
    RequiredStatus::Canceled,
    RequiredStatus::Unauthorized,
    RequiredStatus::NotRun,
    RequiredStatus::Terminal,
];

fn statuses(sink: &Sink, requirement: &Requirement) -> Vec<RequiredStatus> {
    if requirement.statuses.is_empty() {
        return vec![RequiredStatus::Success];
    }
    let mut out = Vec::new();
    for (text, span) in &requirement.statuses {
        match STATUSES.into_iter().find(|status| status.name() == text) {
            Some(status) if out.contains(&status) => {}
            Some(status) => out.push(status),
            None => {
                let help = did_you_mean_or_list(text, "the statuses are", STATUSES.map(RequiredStatus::name));
                let message = format!("a job cannot end with the status `{text}`");
                sink.push(Report::error(Code::InvalidValue, *span, message).help(help));
            }
        }
    }
    out
}
