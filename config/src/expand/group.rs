//! Job groups: a set of jobs that a workflow uses like one.

use std::rc::Rc;

use model::plan::{GroupRole, JobGroup};

use super::Env;
use super::instance::{Instance, InstanceKind, instances};
use super::job::Job;
use super::namespace::NamespaceId;
use super::requirement::Requirement;
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::source::Span;
use crate::syntax::{Definition, keys, read};
use crate::yaml::{Entry, Map, Node};

/// What the name of a group's entry ends in, and of its exit.
const ENTRY: &str = "/group-start";
const EXIT: &str = "/group-end";

/// A use of a group in a workflow.
pub(super) struct GroupUse<'a> {
    pub(super) group: &'a Definition,
    /// As a job: its name, what it requires, its filters.
    pub(super) used: Instance,
    /// Whether it has a name of its own.
    pub(super) is_named: bool,
    pub(super) map: &'a Map,
}

/// Puts the jobs of a group in place of its use, between an entry and an exit: the entry waits for what the use requires;
/// who requires the group waits for the exit, which waits for the jobs that no other job of the group requires.
pub(super) fn expand(env: &Env<'_>, call: GroupUse<'_>, out: &mut Vec<Instance>) {
    let GroupUse { group, used, is_named, map } = call;
    check_use(env, group, map);
    if is_known(env, &used, out) {
        return;
    }
    let Some(list) = jobs(env, group) else { return };
    let inner = instances(env, list, Scope::bare(NamespaceId::ROOT)).jobs;
    let names: Vec<String> = inner.iter().flat_map(|job| job.names().map(str::to_owned)).collect();
    // Used under a name of its own, its jobs are named after it, so that the group can be used twice.
    let rename = |name: &str| if is_named { format!("{}-{name}", used.name) } else { name.to_owned() };
    let required: Vec<String> =
        inner.iter().flat_map(|job| &job.requires).map(|requirement| requirement.name.clone()).collect();
    let mut last: Vec<Requirement> = Vec::new();
    let entry = boundary(&used, GroupRole::Entry, ENTRY);
    let entry_name = entry.name.clone();
    out.push(entry);
    for mut job in inner {
        if !job.names().any(|name| required.iter().any(|required| required == name)) {
            let name = rename(&job.name);
            if !last.iter().any(|requirement| requirement.name == name) {
                last.push(Requirement { name, span: job.span, statuses: Vec::new() });
            }
        }
        let mut waits_inside = false;
        for requirement in &mut job.requires {
            if names.contains(&requirement.name) {
                waits_inside = true;
                requirement.name = rename(&requirement.name);
            }
        }
        if !waits_inside {
            job.requires.push(Requirement { name: entry_name.clone(), span: used.span, statuses: Vec::new() });
        }
        job.name = rename(&job.name);
        job.base_name = job.name.clone();
        job.aliases = job.aliases.iter().map(|alias| rename(alias)).collect();
        job.filters = job.filters.or_else(|| used.filters.clone());
        job.group = Some(JobGroup { name: used.name.clone(), role: GroupRole::Member });
        out.push(job);
    }
    let exit = boundary(&used, GroupRole::Exit, EXIT);
    out.push(Instance { requires: last, aliases: vec![used.name], ..exit });
}

/// The entry or the exit: a job that does nothing.
fn boundary(used: &Instance, role: GroupRole, suffix: &str) -> Instance {
    let Instance { name, span, requires, filters, serial_group, .. } = used;
    let name = format!("{name}{suffix}");
    let job = Job::no_op(&name, *span);
    Instance {
        base_name: name.clone(),
        name,
        aliases: Vec::new(),
        span: *span,
        requires: requires.clone(),
        filters: filters.clone(),
        contexts: Vec::new(),
        serial_group: serial_group.clone().filter(|_| role == GroupRole::Entry),
        group: Some(JobGroup { name: used.name.clone(), role }),
        kind: InstanceKind::Job(Rc::new(job)),
    }
}

/// The list of a group's jobs.
fn jobs<'a>(env: &Env<'_>, group: &'a Definition) -> Option<&'a Node> {
    let map = group.body.as_map()?;
    let head = Node::string(group.name_span, &*group.name);
    read::required(env.sink, &head, map, "jobs", &format!("the job group `{}`", group.name));
    let list = map.get("jobs")?;
    if list.as_seq().is_some_and(|items| items.iter().any(|item| names_a_group(env, item))) {
        let message = format!("the job group `{}` holds another group", group.name);
        let report = Report::error(Code::JobGroup, group.name_span, message);
        env.sink.push(report.help("a group holds jobs only".to_owned()));
        return None;
    }
    Some(list)
}

/// What a workflow may not say of a group.
fn check_use(env: &Env<'_>, group: &Definition, map: &Map) {
    let wrong = |span: Span, code: Code, message: String, help: &str| {
        env.sink.push(Report::error(code, span, message).help(help.to_owned()));
    };
    for entry in &map.entries {
        let Entry { key, key_span, .. } = entry;
        match &**key {
            "name" | "requires" | "filters" | "serial-group" => {}
            known if keys::WORKFLOW_JOB.keys.iter().any(|key| key.name == known) => {
                let message = format!("the job group `{}` is used with `{key}`", group.name);
                wrong(*key_span, Code::JobGroup, message, "write it at the jobs of the group");
            }
            _ => {
                let message = format!("the job group `{}` has no parameter `{key}`", group.name);
                wrong(*key_span, Code::UnknownArgument, message, "a job group takes no arguments");
            }
        }
    }
}

/// Whether the workflow has a group of that name already, which is reported.
fn is_known(env: &Env<'_>, used: &Instance, out: &[Instance]) -> bool {
    let is_known = out.iter().any(|job| job.group.as_ref().is_some_and(|known| known.name == used.name));
    if is_known {
        let message = format!("the workflow uses a job group under the name `{}` twice", used.name);
        let report = Report::error(Code::JobGroup, used.span, message);
        env.sink.push(report.help("give each use a `name` of its own".to_owned()));
    }
    is_known
}

fn names_a_group(env: &Env<'_>, item: &Node) -> bool {
    let name = item.as_text().or_else(|| item.as_map()?.keys().next());
    let definitions = &env.namespace(NamespaceId::ROOT).definitions;
    name.is_some_and(|name| definitions.job_groups.contains_key(name) && !definitions.jobs.contains_key(name))
}
