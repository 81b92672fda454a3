//! Jobs with their arguments.

use std::rc::Rc;

use super::Env;
use super::argument::CallSite;
use super::namespace::NamespaceId;
use super::scope::Scope;
use super::step::{Stack, Step, expand_steps};
use crate::source::Span;
use crate::syntax::Definition;
use crate::syntax::{keys, read};
use crate::yaml::{Entry, Node};

/// A literal job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// As the configuration calls it.
    pub(crate) name: String,
    /// Where its definition says its name.
    pub(crate) span: Span,
    /// Its keys, joined with those of its executor, without `steps`.
    pub(crate) fields: Vec<Entry>,
    pub(crate) steps: Vec<Step>,
}

/// How a workflow runs a job.
pub(super) struct JobCall<'a> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) arguments: Vec<&'a Entry>,
    pub(super) pre_steps: Option<&'a Node>,
    pub(super) post_steps: Option<&'a Node>,
    pub(super) scope: Scope<'a>,
}

impl Job {
    /// A job that does nothing, where no definition says so.
    pub(super) fn no_op(name: &str, span: Span) -> Self {
        let no_op = Entry { key: "type".into(), key_span: span, value: Node::string(span, "no-op") };
        Self { name: name.to_owned(), span, fields: vec![no_op], steps: Vec::new() }
    }

    /// A key of the job.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.fields.iter().find(|entry| &*entry.key == key)
    }

    /// Whether both do the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let fields = |left: &[Entry], right: &[Entry]| {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| left.key == right.key && left.value.same(&right.value))
        };
        self.steps.len() == other.steps.len()
            && fields(&self.fields, &other.fields)
            && self
                .steps
                .iter()
                .zip(&other.steps)
                .all(|(left, right)| left.kind == right.kind && left.body.same(&right.body))
    }

    /// Its type: `build` where it says nothing.
    pub(crate) fn kind(&self) -> &str {
        self.get("type").and_then(|entry| entry.value.as_text()).unwrap_or("build")
    }
}

impl Env<'_> {
    /// A job of a definition and a call.
    pub(super) fn job(&self, namespace: NamespaceId, definition: &Definition, call: &JobCall<'_>) -> Job {
        let JobCall { name, span, arguments, pre_steps, post_steps, scope } = call;
        let outer = Stack::default();
        let text = format!("in the job `{name}`, which is used here");
        let body = self.sink.within(*span, text, || {
            let what = format!("the job `{name}`");
            let other_keys: Vec<&str> = keys::WORKFLOW_JOB.keys.iter().map(|key| key.name).collect();
            let arguments = arguments.clone();
            let site = CallSite { what, span: *span, arguments, other_keys: &other_keys, scope: *scope, stack: &outer };
            let bindings = self.bind(&definition.parameters, namespace, &site);
            self.job_body(name, definition, Scope::inside(namespace, &bindings))
        });
        let around = |steps: &Option<&Node>| match steps {
            Some(list) => expand_steps(self, list, *scope, &outer),
            None => Vec::new(),
        };
        let mut steps = around(pre_steps);
        let Job { fields, steps: own, .. } = body;
        steps.extend(own);
        steps.extend(around(post_steps));
        Job { name: (*name).to_owned(), span: definition.name_span, fields, steps }
    }

    /// A job of the configuration that nothing runs, as far as it can be made without arguments.
    pub(crate) fn unused_job(&self, name: &str) -> Option<Job> {
        let definition = Rc::clone(self.namespace(NamespaceId::ROOT).definitions.jobs.get(name)?);
        let is_name = definition.body.as_text().is_some();
        if is_name || definition.parameters.list.iter().any(|parameter| parameter.default.is_none()) {
            return None;
        }
        let scope = Scope::bare(NamespaceId::ROOT);
        let span = definition.name_span;
        let call = JobCall { name, span, arguments: Vec::new(), pre_steps: None, post_steps: None, scope };
        Some(self.job(NamespaceId::ROOT, &definition, &call))
    }

    fn job_body(&self, name: &str, definition: &Definition, scope: Scope<'_>) -> Job {
        let mut executor = Vec::new();
        let mut own = Vec::new();
        let mut steps = Vec::new();
        for entry in definition.body.as_map().into_iter().flat_map(|map| &map.entries) {
            match &*entry.key {
                "parameters" | "description" | "display" => {}
                "steps" => steps = expand_steps(self, &entry.value, scope, &Stack::default()),
                "executor" => {
                    if let Some(fields) = self.executor(&entry.value, scope) {
                        executor = fields;
                    } else {
                        // After a mistake the job must not seem to lack an executor as well.
                        self.sink.poison(definition.name_span);
                    }
                }
                _ => {
                    let made = self.substitute_entry(entry, scope);
                    own.push(made.unwrap_or_else(|| {
                        self.sink.poison(entry.value.span);
                        self.sink.poison(definition.name_span);
                        Entry { value: Node::plain(entry.value.span, ""), ..entry.clone() }
                    }));
                }
            }
        }
        let fields = self.join(executor, own);
        self.check_kinds(name, &fields);
        let has_steps = definition.body.get("steps").is_some();
        let job = Job { name: name.to_owned(), span: definition.name_span, fields, steps };
        if !has_steps && job.kind() == "build" {
            let head = Node::string(definition.name_span, name);
            if let Some(map) = definition.body.as_map() {
                read::required(self.sink, &head, map, "steps", &format!("the job `{name}`"));
            }
        }
        job
    }
}
