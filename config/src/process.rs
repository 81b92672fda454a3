//! The expanded configuration as text.

use std::collections::BTreeSet;

use crate::check::{self, Edge};
use crate::compile::{self, Expanded, finish, with_expanded};
use crate::diagnostic::Sink;
use crate::expand::{Instance, InstanceKind, Job, Step, Workflow};
use crate::source::{Files, Span};
use crate::yaml::{self, Entry, Node};
use crate::{Compiled, Inputs, Orbs, Refusal, Source, lower};

/// Expands a configuration for one pipeline, and writes it in the form that `circleci config process` prints: version 2,
/// literal jobs and workflows. Expanded again, the text gives itself. A workflow that does not run has `when: false`.
///
/// # Errors
/// As [`crate::compile`].
pub fn process(source: &Source, inputs: &Inputs, orbs: &Orbs) -> Result<String, Refusal> {
    let mut files = Files::default();
    let sink = Sink::default();
    let text = with_expanded(source, inputs, orbs, &mut files, &sink, |expanded| {
        lower::lower(&sink, &inputs.git_ref, &expanded.workflows);
        yaml::write(&document(expanded))
    });
    let text = text.map_err(Refusal::NeedsOrbs)?;
    let findings = finish(sink, &files)?;
    text.ok_or(Refusal::Invalid(findings))
}

/// Both at once: what [`crate::compile`] gives and what [`process`] writes.
///
/// # Errors
/// As [`crate::compile`].
pub fn compile_with_text(source: &Source, inputs: &Inputs, orbs: &Orbs) -> Result<(Compiled, String), Refusal> {
    compile::compile_and(source, inputs, orbs, |expanded| yaml::write(&document(expanded)))
}

fn entry(key: impl Into<std::rc::Rc<str>>, value: Node) -> Entry {
    Entry { key: key.into(), key_span: Span::default(), value }
}

fn text(value: &str) -> Node {
    Node::string(Span::default(), value)
}

fn plain(value: impl std::fmt::Display) -> Node {
    Node::plain(Span::default(), value.to_string())
}

fn list(items: Vec<Node>) -> Node {
    Node::seq(Span::default(), items)
}

fn map(entries: Vec<Entry>) -> Node {
    Node::map(Span::default(), entries)
}

fn document(expanded: &Expanded) -> Node {
    let mut top = vec![entry("version", plain(2))];
    if expanded.setup {
        top.push(entry("setup", plain(true)));
    }
    let mut seen = BTreeSet::new();
    let mut jobs = Vec::new();
    for instance in expanded.workflows.iter().flat_map(|workflow| &workflow.jobs) {
        if let InstanceKind::Job(definition) = &instance.kind
            && seen.insert(instance.name.clone())
        {
            jobs.push(entry(instance.name.as_str(), job(definition)));
        }
    }
    top.push(entry("jobs", map(jobs)));
    let mut workflows = vec![entry("version", plain(2))];
    workflows.extend(expanded.workflows.iter().map(|each| entry(each.name.as_ref(), workflow(each))));
    top.push(entry("workflows", map(workflows)));
    map(top)
}

fn job(job: &Job) -> Node {
    let mut entries = job.fields.clone();
    if !job.steps.is_empty() || job.kind() == "build" {
        entries.push(entry("steps", list(job.steps.iter().map(Step::to_node).collect())));
    }
    map(entries)
}

fn workflow(workflow: &Workflow) -> Node {
    let mut entries = Vec::new();
    match (&workflow.triggers, &workflow.skipped) {
        (Some(triggers), _) => entries.push(entry("triggers", triggers.clone())),
        (None, Some(_)) => entries.push(entry("when", plain(false))),
        (None, None) => {}
    }
    if workflow.max_auto_reruns > 0 {
        entries.push(entry("max_auto_reruns", plain(workflow.max_auto_reruns)));
    }
    // Their mistakes are reported elsewhere.
    let edges = check::requires(&Sink::default(), workflow);
    let jobs = workflow.jobs.iter().zip(&edges).map(|(job, edges)| instance(workflow, job, edges)).collect();
    entries.push(entry("jobs", list(jobs)));
    map(entries)
}

fn instance(workflow: &Workflow, instance: &Instance, edges: &[Edge]) -> Node {
    let mut entries = Vec::new();
    if matches!(instance.kind, InstanceKind::Approval) {
        entries.push(entry("type", text("approval")));
    }
    let requires = requires(workflow, instance, edges);
    if !requires.is_empty() {
        entries.push(entry("requires", list(requires)));
    }
    if !instance.contexts.is_empty() {
        entries.push(entry("context", list(instance.contexts.iter().map(|name| text(name)).collect())));
    }
    if let Some(filters) = &instance.filters {
        entries.push(entry("filters", filters.clone()));
    }
    if let Some(group) = &instance.serial_group {
        entries.push(entry("serial-group", text(group)));
    }
    match entries.is_empty() {
        true => text(&instance.name),
        false => map(vec![entry(instance.name.as_str(), map(entries))]),
    }
}

/// What the job waits for, by the names that the jobs have in the end.
fn requires(workflow: &Workflow, instance: &Instance, edges: &[Edge]) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for (requirement, edge) in instance.requires.iter().zip(edges) {
        for target in &edge.targets {
            let name = &workflow.jobs[*target].name;
            let statuses: Vec<Node> = requirement.statuses.iter().map(|(status, _)| text(status)).collect();
            let item = match statuses.as_slice() {
                [] => text(name),
                [only] => map(vec![entry(name.as_str(), only.clone())]),
                _ => map(vec![entry(name.as_str(), list(statuses))]),
            };
            if !out.iter().any(|known| known.same(&item)) {
                out.push(item);
            }
        }
    }
    out
}
