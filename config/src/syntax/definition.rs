//! What a configuration or an orb declares: commands, executors, jobs, job groups, orbs.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::keys::{self, Table};
use super::{Parameters, read};
use crate::Code;
use crate::OrbRef;
use crate::diagnostic::{Report, Sink};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Map, Node};

/// A command, executor, job or job group.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: Rc<str>,
    pub(crate) name_span: Span,
    pub(crate) parameters: Parameters,
    /// The whole map, `parameters` included.
    pub(crate) body: Node,
}

/// An orb under the name that its user gave it.
#[derive(Clone, Debug)]
pub(crate) struct OrbUse {
    pub(crate) name: Rc<str>,
    pub(crate) span: Span,
    pub(crate) kind: OrbUseKind,
}

/// Where an orb comes from.
#[derive(Clone, Debug)]
pub(crate) enum OrbUseKind {
    /// From a registry or a URL.
    Reference(Node),
    /// From here.
    Inline(Node),
}

/// What a configuration or an orb declares, by name.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    pub(crate) commands: BTreeMap<Rc<str>, Rc<Definition>>,
    pub(crate) executors: BTreeMap<Rc<str>, Rc<Definition>>,
    pub(crate) jobs: BTreeMap<Rc<str>, Rc<Definition>>,
    pub(crate) job_order: Vec<Rc<str>>,
    pub(crate) job_groups: BTreeMap<Rc<str>, Rc<Definition>>,
    pub(crate) orbs: Vec<OrbUse>,
}

impl Definitions {
    /// Reads them of the top level of a configuration or an orb.
    pub(crate) fn read(sink: &Sink, top: &Map) -> Self {
        let jobs = definitions(sink, top.get("jobs"), "jobs", "job", &keys::JOB);
        let groups = definitions(sink, top.get("job-groups"), "job-groups", "job group", &keys::JOB_GROUP);
        check_groups(sink, &groups, &jobs);
        check_jobs(sink, &jobs);
        Self {
            commands: by_name(definitions(sink, top.get("commands"), "commands", "command", &keys::COMMAND)),
            executors: by_name(definitions(sink, top.get("executors"), "executors", "executor", &keys::EXECUTOR)),
            job_order: jobs.iter().map(|job| Rc::clone(&job.name)).collect(),
            jobs: by_name(jobs),
            job_groups: by_name(groups),
            orbs: orbs(sink, top.get("orbs")),
        }
    }
}

/// Parameters of a job that a workflow cannot give: the key means something else there (reference, "parameters").
const RESERVED: [&str; 6] = ["name", "requires", "context", "type", "filters", "matrix"];

/// Names of jobs differ in more than case, and names of their parameters are none of a workflow's own keys.
fn check_jobs(sink: &Sink, jobs: &[Rc<Definition>]) {
    let mut known: BTreeMap<String, &Definition> = BTreeMap::new();
    for job in jobs {
        if let Some(first) = known.insert(job.name.to_lowercase(), job) {
            let message = format!("the jobs `{}` and `{}` differ only in upper and lower case", first.name, job.name);
            let report = Report::warning(Code::DuplicateKey, job.name_span, message);
            sink.push(report.related(first.name_span, "the other one").help("rename one of them".to_owned()));
        }
        for parameter in job.parameters.list.iter().filter(|parameter| RESERVED.contains(&&*parameter.name)) {
            let message = format!("a workflow cannot give the job `{}` its parameter `{}`", job.name, parameter.name);
            let help = format!("`{}` means something else in a workflow: rename the parameter", parameter.name);
            sink.push(Report::warning(Code::InvalidValue, parameter.span, message).help(help));
        }
    }
}

/// A job group has no parameters, and no name of a job.
fn check_groups(sink: &Sink, groups: &[Rc<Definition>], jobs: &[Rc<Definition>]) {
    for group in groups {
        let name = &group.name;
        if let Some(parameters) = group.body.as_map().and_then(|map| map.entry("parameters")) {
            let message = format!("the job group `{name}` has parameters");
            let report = Report::error(Code::JobGroup, parameters.key_span, message);
            sink.push(report.help("give the arguments to the jobs in the group".to_owned()));
        }
        if let Some(job) = jobs.iter().find(|job| job.name == *name) {
            let message = format!("`{name}` is the name of a job and of a job group");
            let report = Report::error(Code::JobGroup, group.name_span, message).related(job.name_span, "the job");
            sink.push(report.help("rename one of them".to_owned()));
        }
    }
}

fn by_name(definitions: Vec<Rc<Definition>>) -> BTreeMap<Rc<str>, Rc<Definition>> {
    definitions.into_iter().map(|definition| (Rc::clone(&definition.name), definition)).collect()
}

fn definitions(sink: &Sink, node: Option<&Node>, key: &str, what: &str, table: &Table) -> Vec<Rc<Definition>> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Vec::new() };
    let Some(map) = read::map(sink, node, &format!("`{key}`")) else { return Vec::new() };
    map.entries.iter().filter_map(|entry| definition(sink, entry, what, table)).map(Rc::new).collect()
}

fn definition(sink: &Sink, entry: &Entry, what: &str, table: &Table) -> Option<Definition> {
    let Entry { key, key_span, value } = entry;
    // It may be another name for one: `default: aws-cli/default`.
    if what != "job group" && !value.is_null() && value.as_text().is_some() {
        let parameters = Parameters::default();
        return Some(Definition { name: Rc::clone(key), name_span: *key_span, parameters, body: value.clone() });
    }
    let map = read::map(sink, value, &format!("{what} `{key}`"))?;
    read::check_keys(sink, map, table);
    let parameters = Parameters::read(sink, map.get("parameters"));
    Some(Definition { name: Rc::clone(key), name_span: *key_span, parameters, body: value.clone() })
}

fn orbs(sink: &Sink, node: Option<&Node>) -> Vec<OrbUse> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Vec::new() };
    let Some(map) = read::map(sink, node, "`orbs`") else { return Vec::new() };
    let orb = |entry: &Entry| {
        let kind = match &entry.value.kind {
            Kind::Scalar(_) if !entry.value.is_null() => OrbUseKind::Reference(entry.value.clone()),
            Kind::Map(_) => OrbUseKind::Inline(entry.value.clone()),
            Kind::Scalar(_) | Kind::Seq(_) => {
                let what = format!("orb `{}`", entry.key);
                read::wrong_type(sink, &entry.value, &what, "a reference such as `namespace/orb@1.2.3`, or a map");
                return None;
            }
        };
        Some(OrbUse {
            name: Rc::clone(&entry.key),
            span: if matches!(&kind, OrbUseKind::Inline(_)) { entry.key_span } else { entry.value.span },
            kind,
        })
    };
    map.entries.iter().filter_map(orb).collect()
}

impl OrbUse {
    /// Checks the text of a reference.
    pub(crate) fn reference(sink: &Sink, node: &Node) -> Option<OrbRef> {
        let reference = OrbRef::new(node.as_text().unwrap_or_default().trim());
        if reference.registry().is_some() || reference.url().is_some() {
            return Some(reference);
        }
        let message = format!("`{reference}` is not a reference to an orb");
        let help = "write `namespace/orb@version`, such as `circleci/node@5.1.0`, or the `https://` address of an orb";
        sink.push(Report::error(Code::InvalidValue, node.span, message).help(help.to_owned()));
        None
    }
}
