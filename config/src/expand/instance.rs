//! Jobs of a workflow: one entry makes one, a matrix makes several.

use std::rc::Rc;

use model::plan::JobGroup;

use super::Env;
use super::group::GroupUse;
use super::job::{Job, JobCall};
use super::matrix::{Combination, Matrix};
use super::namespace::{NamespaceId, What};
use super::requirement::{self, Requirement};
use super::scope::{Bindings, Scope};
use crate::Code;
use crate::diagnostic::Report;
use crate::expr::Template;
use crate::source::Span;
use crate::syntax::{keys, read};
use crate::yaml::{Entry, Kind, Map, Node};

/// What a job counts in the budget of what is produced.
const JOB_COST: usize = 2048;

/// A job of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// Its name, unique in the workflow.
    pub(crate) name: String,
    /// Its name before it was made unique: what others require it by.
    pub(crate) base_name: String,
    /// The names that others may require it by: its job, the alias of its matrix, its groups.
    pub(crate) aliases: Vec<String>,
    /// Where the workflow names it.
    pub(crate) span: Span,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) filters: Option<Node>,
    pub(crate) contexts: Vec<String>,
    pub(crate) serial_group: Option<String>,
    /// The job group that it belongs to.
    pub(crate) group: Option<JobGroup>,
    pub(crate) kind: InstanceKind,
}

impl Instance {
    /// Every name that others may require it by.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.name].into_iter().chain(&self.aliases).map(String::as_str)
    }
}

/// What a job of a workflow is.
#[derive(Clone, Debug)]
pub(crate) enum InstanceKind {
    Job(Rc<Job>),
    Approval,
}

/// What a list of jobs makes.
#[derive(Debug, Default)]
pub(super) struct Instances {
    pub(super) jobs: Vec<Instance>,
    /// Names of matrices without a job.
    pub(super) empty: Vec<String>,
}

/// The jobs of a list, of a workflow or of a group.
pub(super) fn instances(env: &Env<'_>, list: &Node, scope: Scope<'_>) -> Instances {
    let mut out = Instances::default();
    let Some(items) = read::list(env.sink, list, "`jobs` of a workflow") else { return out };
    for item in items {
        match &item.kind {
            Kind::Scalar(_) => match item.as_text() {
                Some(name) => entry(env, (name, item.span), None, scope, &mut out),
                None => read::wrong_type(env.sink, item, "a job of a workflow", "a name or a map"),
            },
            Kind::Map(map) => match map.entries.as_slice() {
                [one] => entry(env, (&one.key, one.key_span), Some(&one.value), scope, &mut out),
                [] => read::wrong_type(env.sink, item, "a job of a workflow", "a name or a map with one key"),
                [first, rest @ ..] => misindented(env, first, rest, scope, &mut out),
            },
            Kind::Seq(_) => read::wrong_type(env.sink, item, "a job of a workflow", "a name or a map"),
        }
    }
    out
}

/// `- job:` with its keys at the same depth: CircleCI takes it, and so do we, with a warning.
fn misindented(env: &Env<'_>, first: &Entry, rest: &[Entry], scope: Scope<'_>, out: &mut Instances) {
    let is_key = |entry: &Entry| keys::WORKFLOW_JOB.keys.iter().any(|key| key.name == &*entry.key);
    if first.value.is_null() && rest.iter().all(is_key) {
        let message = format!("`{}` stands beside the job `{}`, not below it", rest[0].key, first.key);
        let report = Report::warning(Code::UnknownKey, rest[0].key_span, message);
        env.sink.push(report.help("indent it deeper than the job's name".to_owned()));
        let body = Node::map(first.key_span, rest.to_vec());
        entry(env, (&first.key, first.key_span), Some(&body), scope, out);
    } else {
        let message = "a job of a workflow is a map with one key, its name";
        let report = Report::error(Code::InvalidValue, rest[0].key_span, message);
        env.sink.push(report.help("begin each job with its own `- `, and indent its keys below its name".to_owned()));
    }
}

/// One entry: a job, an approval, a group; a matrix makes several.
fn entry(env: &Env<'_>, (name, span): (&str, Span), body: Option<&Node>, scope: Scope<'_>, out: &mut Instances) {
    if env.is_spent() || env.sink.is_full() {
        return;
    }
    let Some(name) = env.name(name, span, scope) else { return };
    let name = &*name;
    let empty = Map::default();
    let map = match body {
        Some(node) if !node.is_null() => {
            match read::map(env.sink, node, &format!("what stands below the job `{name}`")) {
                Some(map) => map,
                None => return,
            }
        }
        _ => &empty,
    };
    let line = Line { env, name, span, map };
    match map.get("matrix") {
        Some(node) => {
            let Some(Matrix { alias, combinations }) = env.matrix(node, scope) else { return };
            if combinations.is_empty() {
                out.empty.push(alias.unwrap_or_else(|| name.to_owned()));
                return;
            }
            for combination in &combinations {
                let bindings = combination.bindings();
                let scope = Scope { matrix: Some(&bindings), ..scope };
                line.instance(scope, Some((combination, &bindings)), alias.as_deref(), &mut out.jobs);
            }
        }
        None => line.instance(scope, None, None, &mut out.jobs),
    }
}

/// An entry of a workflow's list of jobs.
struct Line<'a> {
    env: &'a Env<'a>,
    name: &'a str,
    span: Span,
    map: &'a Map,
}

impl Line<'_> {
    fn text(&self, key: &str, scope: Scope<'_>) -> Option<String> {
        let node = self.map.get(key)?;
        let made = self.env.substitute(node, scope)?;
        read::filled_text(self.env.sink, &made, &format!("`{key}`"))
    }

    fn instance(
        &self,
        scope: Scope<'_>,
        combination: Option<(&Combination, &Bindings)>,
        alias: Option<&str>,
        out: &mut Vec<Instance>,
    ) {
        let Self { env, name, span, map } = self;
        if !env.spend(JOB_COST, *span) {
            return;
        }
        let given_name = self.text("name", scope);
        let full_name = match (&given_name, combination) {
            (Some(given), _) => given.clone(),
            (None, Some((combination, _))) => format!("{name}-{}", combination.suffix()),
            (None, None) => (*name).to_owned(),
        };
        let mut aliases = Vec::new();
        if combination.is_some() {
            aliases.push(alias.unwrap_or(name).to_owned());
        }
        let requires = map.get("requires").map(|node| requirement::read(env, node, scope)).unwrap_or_default();
        let filters = map.get("filters").filter(|node| !node.is_null()).and_then(|node| self.filters(node, scope));
        let contexts = self.contexts(scope);
        let serial_group = self.serial_group(scope);
        let mut instance = Instance {
            name: full_name.clone(),
            base_name: full_name,
            aliases,
            span: *span,
            requires,
            filters,
            contexts,
            serial_group,
            group: None,
            kind: InstanceKind::Approval,
        };
        let kind = map.get("type").and_then(|node| env.substitute(node, scope));
        let kind = kind.as_ref().and_then(|node| read::text(env.sink, node, "`type`"));
        match kind.as_deref() {
            Some("approval") => {
                for entry in &map.entries {
                    read::check_keys(env.sink, &Map { entries: vec![entry.clone()] }, &keys::WORKFLOW_JOB);
                }
                out.push(instance);
                return;
            }
            None | Some("build" | "no-op" | "release") => {}
            Some(other) => {
                let span = map.get("type").map_or(*span, |node| node.span);
                let report =
                    Report::error(Code::InvalidValue, span, format!("a job cannot be of type `{other}` in a workflow"));
                env.sink.push(report.help("the type here is `approval`, or nothing".to_owned()));
            }
        }
        let in_groups = env.namespace(scope.namespace).definitions.job_groups.get(*name).cloned();
        let overridden = self.overriding(scope);
        let Some((namespace, definition)) = overridden.or_else(|| env.find(scope.namespace, What::Job, name)) else {
            match in_groups {
                Some(group) => {
                    let (used, is_named) = (instance, given_name.is_some());
                    super::group::expand(env, GroupUse { group: &group, used, is_named, map }, out);
                }
                // As with an approval, nothing has to be said of it under `jobs`.
                None if kind.as_deref() == Some("no-op") => {
                    instance.kind = InstanceKind::Job(Rc::new(Job::no_op(name, *span)));
                    out.push(instance);
                }
                None => {
                    self.unknown(scope);
                    // It stays in the graph, so that who requires it is not reported as well.
                    out.push(instance);
                }
            }
            return;
        };
        env.use_job(namespace, &definition.name);
        let named = match definition.body.as_text() {
            Some(other) => env.get(namespace, What::Job, other, definition.body.span),
            None => Some((namespace, definition)),
        };
        let Some((namespace, definition)) = named else {
            env.sink.poison(*span);
            out.push(instance);
            return;
        };
        env.use_job(namespace, &definition.name);
        let reserved = |key: &str| keys::WORKFLOW_JOB.keys.iter().any(|known| known.name == key);
        let mut arguments: Vec<&Entry> = map.entries.iter().filter(|entry| !reserved(&entry.key)).collect();
        if let Some((combination, _)) = combination {
            // The same parameter in both: the matrix wins.
            arguments.retain(|entry| !combination.arguments.iter().any(|given| given.key == entry.key));
            arguments.extend(&combination.arguments);
        }
        let call = JobCall {
            name,
            span: *span,
            arguments,
            pre_steps: map.get("pre-steps"),
            post_steps: map.get("post-steps"),
            scope,
        };
        let job = env.job(namespace, &definition, &call);
        match job.kind() {
            "approval" => {}
            _ => instance.kind = InstanceKind::Job(Rc::new(job)),
        }
        out.push(instance);
    }

    fn unknown(&self, scope: Scope<'_>) {
        let Self { env, name, span, .. } = self;
        env.report_unknown(scope.namespace, What::Job, name, *span, Code::UnknownJob);
        env.sink.poison(*span);
    }

    /// The orb's job that replaces this one, if the orb has it.
    fn overriding(&self, scope: Scope<'_>) -> Option<(NamespaceId, Rc<crate::syntax::Definition>)> {
        let other = self.text("override-with", scope)?;
        let found = self.env.find(scope.namespace, What::Job, &other);
        if let Some((namespace, own)) = self.env.find(scope.namespace, What::Job, self.name) {
            self.env.use_job(namespace, &own.name);
        }
        let orb = other.split_once('/').map_or(other.as_str(), |(orb, _)| orb);
        if found.is_none() && !self.env.namespace(scope.namespace).orbs.contains_key(orb) {
            let span = self.map.get("override-with").map_or(self.span, |node| node.span);
            self.env.report_unknown(scope.namespace, What::Job, &other, span, Code::UnknownJob);
        }
        found
    }

    /// The filters with their values put in; an expression becomes a boolean with its own text as its place.
    fn filters(&self, node: &Node, scope: Scope<'_>) -> Option<Node> {
        if let Some(text) = node.as_text() {
            let value = if self.env.templates && Template::is_needed(text) {
                self.env.condition(node, scope)?
            } else {
                // A text here is an expression, whatever it looks like.
                match self.env.evaluate(text, scope) {
                    Ok(value) => value.is_truthy(),
                    Err(error) => {
                        self.env.expression_error(node.span, error);
                        return None;
                    }
                }
            };
            return Some(Node::plain(node.span, if value { "true" } else { "false" }));
        }
        self.env.substitute(node, scope)
    }

    fn contexts(&self, scope: Scope<'_>) -> Vec<String> {
        let made = self.map.get("context").and_then(|node| self.env.substitute(node, scope));
        let names = made.and_then(|node| read::texts(self.env.sink, &node, "`context`")).unwrap_or_default();
        let mut out: Vec<String> = Vec::new();
        for (name, _) in names {
            // An expression may choose no context, with an empty text.
            if !name.is_empty() && !out.contains(&name) {
                out.push(name);
            }
        }
        out
    }

    fn serial_group(&self, scope: Scope<'_>) -> Option<String> {
        let group = self.text("serial-group", scope)?;
        let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | '/');
        if group.len() > 512 || !group.chars().all(allowed) {
            let span = self.map.get("serial-group").map_or(self.span, |node| node.span);
            let message = format!("`{}` cannot name a serial group", crate::yaml::short(&group));
            let help = "use at most 512 letters, digits, `.`, `-`, `_` and `/`".to_owned();
            self.env.sink.push(Report::error(Code::InvalidValue, span, message).help(help));
        }
        Some(group)
    }
}
