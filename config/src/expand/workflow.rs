//! Workflows: which jobs they run, how often, with which arguments.

use std::rc::Rc;

use super::Env;
use super::instance::{Instance, Instances, instances};
use super::namespace::NamespaceId;
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::source::Span;
use crate::syntax::{keys, read};
use crate::yaml::{Entry, Node};

/// A workflow with literal jobs.
#[derive(Debug)]
pub(crate) struct Workflow {
    pub(crate) name: Rc<str>,
    /// Where the configuration names it.
    pub(crate) span: Span,
    /// The rule that keeps it from running in this pipeline.
    pub(crate) skipped: Option<String>,
    pub(crate) max_auto_reruns: u8,
    pub(crate) triggers: Option<Node>,
    pub(crate) jobs: Vec<Instance>,
    /// Names of matrices without a job: they may be required.
    pub(crate) empty: Vec<String>,
}

/// Expands all workflows, those that do not run here as well: their mistakes count.
pub(crate) fn workflows(env: &Env<'_>, entries: &[Entry]) -> Vec<Workflow> {
    entries.iter().filter_map(|entry| workflow(env, entry)).collect()
}

fn workflow(env: &Env<'_>, entry: &Entry) -> Option<Workflow> {
    let Entry { key, key_span, value } = entry;
    let map = value.as_map()?;
    read::check_keys(env.sink, map, &keys::WORKFLOW);
    let scope = Scope::bare(NamespaceId::ROOT);
    let mut skipped = None;
    for (word, wanted) in [("when", true), ("unless", false)] {
        let Some(node) = map.get(word) else { continue };
        if let Some(value) = env.condition(node, scope)
            && value != wanted
            && skipped.is_none()
        {
            let condition = describe_condition(env, node);
            skipped = Some(format!("`{word}` {condition} is {value}"));
        }
    }
    let triggers = map.get("triggers").filter(|node| !node.is_null()).and_then(|node| env.substitute(node, scope));
    match &env.inputs.scheduled {
        Some(scheduled) if **key != **scheduled => {
            skipped = Some(format!("the schedule that started the pipeline is of the workflow `{scheduled}`"));
        }
        Some(_) => {}
        None if triggers.is_some() => {
            skipped.get_or_insert_with(|| "it runs for its `triggers` only, not for this event".to_owned());
        }
        None => {}
    }
    let reruns = map.get("max_auto_reruns").and_then(|node| env.substitute(node, scope));
    let max_auto_reruns = reruns.and_then(|node| reruns_of(env, &node)).unwrap_or(0);
    let head = Node { span: *key_span, ..value.clone() };
    let jobs = read::required(env.sink, &head, map, "jobs", &format!("the workflow `{key}`"));
    let Instances { jobs, empty } = jobs.map(|jobs| instances(env, jobs, scope)).unwrap_or_default();
    Some(Workflow { name: Rc::clone(key), span: *key_span, skipped, max_auto_reruns, triggers, jobs, empty })
}

/// A number of reruns.
fn reruns_of(env: &Env<'_>, node: &Node) -> Option<u8> {
    let number = read::integer(env.sink, node, "`max_auto_reruns`")?;
    match u8::try_from(number) {
        Ok(number @ 0..=5) => Some(number),
        Ok(_) | Err(_) => {
            let message = format!("`max_auto_reruns` is {number}; it must be between 1 and 5");
            env.sink.push(Report::error(Code::InvalidValue, node.span, message));
            None
        }
    }
}

/// A condition in one line, for a reason.
fn describe_condition(env: &Env<'_>, node: &Node) -> String {
    let slice = env.files.get(node.span.file).slice(node.span);
    let words: Vec<&str> = slice.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() > 120 {
        format!("`{}…`", line.chars().take(120).collect::<String>())
    } else {
        format!("`{line}`")
    }
}
