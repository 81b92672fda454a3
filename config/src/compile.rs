//! The phases in order.

use std::rc::Rc;

use crate::diagnostic::suggest::list;
use crate::diagnostic::{Report, Sink};
use crate::expand::{self, Env, Job, Library, Workflow};
use crate::source::{FileId, Files, Span};
use crate::syntax::{Document, Version};
use crate::yaml::{self, Entry, Node};
use crate::{Code, Compiled, Diagnostic, Inputs, Orbs, Refusal, Source, check, lower};

/// Compiles a configuration for one pipeline.
///
/// # Errors
/// [`Refusal::Invalid`] with all findings when it is wrong, [`Refusal::NeedsOrbs`] when the caller has to fetch orbs.
pub fn compile(source: &Source, inputs: &Inputs, orbs: &Orbs) -> Result<Compiled, Refusal> {
    compile_and(source, inputs, orbs, |_| ()).map(|(compiled, ())| compiled)
}

/// The same, and what `also` makes of the expanded configuration.
pub(crate) fn compile_and<T>(
    source: &Source,
    inputs: &Inputs,
    orbs: &Orbs,
    also: impl FnOnce(&Expanded) -> T,
) -> Result<(Compiled, T), Refusal> {
    let mut files = Files::default();
    let sink = Sink::default();
    let result = with_expanded(source, inputs, orbs, &mut files, &sink, |expanded| {
        let lowered = lower::lower(&sink, &inputs.git_ref, &expanded.workflows);
        (lowered, expanded.setup, also(expanded))
    });
    let expanded = result.map_err(Refusal::NeedsOrbs)?;
    let findings = finish(sink, &files)?;
    let (lowered, setup, also) = expanded.ok_or_else(|| Refusal::Invalid(findings.clone()))?;
    let lower::Lowered { workflows, skipped, schedules } = lowered;
    Ok((Compiled { workflows, skipped, schedules, setup, warnings: findings }, also))
}

/// All findings; refuses when one of them is an error.
pub(crate) fn finish(sink: Sink, files: &Files) -> Result<Vec<Diagnostic>, Refusal> {
    let errors = sink.errors();
    let findings = sink.finish(files);
    if errors > 0 { Err(Refusal::Invalid(findings)) } else { Ok(findings) }
}

/// A configuration with everything put in.
pub(crate) struct Expanded {
    pub(crate) setup: bool,
    pub(crate) workflows: Vec<Workflow>,
}

/// Reads and expands a configuration, and gives it to `work`. `Ok(None)` when there is too little to go on; an error lists
/// the orbs that are lacking.
pub(crate) fn with_expanded<T>(
    source: &Source,
    inputs: &Inputs,
    orbs: &Orbs,
    files: &mut Files,
    sink: &Sink,
    work: impl FnOnce(&Expanded) -> T,
) -> Result<Option<T>, Vec<crate::OrbRef>> {
    let file = files.add(source);
    let Some(root) = yaml::parse(files.get(file), file, sink) else { return Ok(None) };
    check::plain_secrets(sink, &root);
    let library = Library::read(orbs, files, sink);
    let Some(document) = Document::read(sink, root) else { return Ok(None) };
    let Document { version, setup, parameters, definitions, workflows, root } = document;
    let mut env = Env::new(sink, files, inputs, version == Version::TwoOne);
    env.bind_pipeline_parameters(&parameters, &root);
    let order = definitions.job_order.clone();
    let missing = expand::load(&mut env, definitions, &library);
    if !missing.is_empty() {
        return Err(missing.into_iter().collect());
    }
    let has_workflows = !workflows.is_empty();
    let workflows = if has_workflows { workflows } else { implicit_workflow(sink, &env, file, &root, &order) };
    let mut expanded = expand::workflows(&env, &workflows);
    let unused = unused_jobs(sink, &env, &order, &expanded, has_workflows);
    check::number(&mut expanded);
    sink.leniently(|| unused.iter().for_each(|job| lower::check_job(sink, job)));
    Ok(Some(work(&Expanded { setup, workflows: expanded })))
}

/// Without workflows, the job named `build` runs.
fn implicit_workflow(sink: &Sink, env: &Env<'_>, file: FileId, root: &Node, jobs: &[Rc<str>]) -> Vec<Entry> {
    let start = root
        .as_map()
        .and_then(|map| map.entries.first())
        .map_or(Span { file, start: 0, end: 0 }, |entry| entry.key_span);
    let top = root.as_map();
    let place =
        top.and_then(|map| map.entry("workflows").or_else(|| map.entry("jobs"))).map_or(start, |entry| entry.key_span);
    if !jobs.iter().any(|job| &**job == "build") {
        let (message, help) = match jobs {
            [] => (
                "the configuration has no jobs and no workflows: there is nothing to run",
                Some("add `jobs:` with a job, and `workflows:` that run it".to_owned()),
            ),
            [only] => (
                "there is no workflow, and no job named `build` that would run without one",
                Some(format!("add a workflow that runs `{only}`, or name the job `build`")),
            ),
            _ => (
                "there is no workflow, and no job named `build` that would run without one",
                Some("add `workflows:` with the jobs to run".to_owned()),
            ),
        };
        sink.push(Report::error(Code::NoWorkflow, place, message).help(help));
        return Vec::new();
    }
    let Some(span) = env.job_span("build") else { return Vec::new() };
    let name = Node::string(span, "build");
    let branches = root.get("jobs").and_then(|jobs| jobs.get("build")?.get("branches")).cloned();
    let job = match branches {
        None => name,
        Some(branches) => {
            let entry = |key: &str, value: Node| Entry { key: key.into(), key_span: value.span, value };
            let filters = Node::map(branches.span, vec![entry("branches", branches)]);
            Node::map(span, vec![entry("build", Node::map(span, vec![entry("filters", filters)]))])
        }
    };
    let jobs = Entry { key: "jobs".into(), key_span: span, value: Node::seq(span, vec![job]) };
    vec![Entry { key: "workflow".into(), key_span: span, value: Node::map(span, vec![jobs]) }]
}

/// Jobs that nothing runs: a warning, and their own mistakes are looked for as far as that goes without arguments.
fn unused_jobs(sink: &Sink, env: &Env<'_>, order: &[Rc<str>], workflows: &[Workflow], has_workflows: bool) -> Vec<Job> {
    let used = env.used_jobs();
    let nothing_runs = !has_workflows && workflows.is_empty();
    let mut unused = Vec::new();
    for name in order.iter().filter(|name| !nothing_runs && !used.contains(*name)) {
        let Some(span) = env.job_span(name) else { continue };
        let message = if has_workflows {
            format!("no workflow runs the job `{name}`")
        } else {
            format!("the job `{name}` does not run: without workflows only `build` does")
        };
        let near: Vec<&str> = workflows.iter().map(|workflow| &*workflow.name).collect();
        let help = match has_workflows {
            true => (!near.is_empty()).then(|| format!("add it to one of the workflows: {}", list(near))),
            false => Some("add `workflows:` with the jobs to run".to_owned()),
        };
        sink.push(Report::warning(Code::UnusedJob, span, message).help(help));
        unused.extend(sink.leniently(|| env.unused_job(name)));
    }
    unused
}
