//! Job groups: a set of jobs that a workflow uses like one.

use super::Env;
use super::instance::{Instance, instances};
use super::namespace::NamespaceId;
use super::requirement::Requirement;
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::syntax::{Definition, read};
use crate::yaml::Node;

/// Puts the jobs of a group in place of its use. Jobs of the group that require none of its jobs wait for what the use
/// requires; who requires the group waits for all of its jobs.
pub(super) fn expand(env: &Env<'_>, group: &Definition, used: &Instance, renamed: bool, out: &mut Vec<Instance>) {
    let Some(map) = group.body.as_map() else { return };
    let head = Node::string(group.name_span, &*group.name);
    let Some(list) = read::required(env.sink, &head, map, "jobs", &format!("the job group `{}`", group.name)) else {
        return;
    };
    if list.as_seq().is_some_and(|items| items.iter().any(|item| names_a_group(env, item))) {
        let message = format!("the job group `{}` holds another group", group.name);
        env.sink
            .push(Report::error(Code::Recursion, group.name_span, message).help("a group holds jobs only".to_owned()));
        return;
    }
    let inner = instances(env, list, Scope::bare(NamespaceId::ROOT)).jobs;
    let names: Vec<String> =
        inner.iter().flat_map(|job| [vec![job.name.clone()], job.aliases.clone()].concat()).collect();
    // Used under a name of its own, its jobs are named after it, so that the group can be used twice.
    let rename = |name: &str| if renamed { format!("{}-{name}", used.name) } else { name.to_owned() };
    for mut job in inner {
        let requires = std::mem::take(&mut job.requires);
        let waits_inside = requires.iter().any(|requirement| names.contains(&requirement.name));
        job.requires = requires
            .into_iter()
            .map(|requirement| match names.contains(&requirement.name) {
                true => Requirement { name: rename(&requirement.name), ..requirement },
                false => requirement,
            })
            .collect();
        if !waits_inside {
            job.requires.extend(used.requires.iter().cloned());
        }
        job.name = rename(&job.name);
        job.base_name = job.name.clone();
        job.aliases = job.aliases.iter().map(|alias| rename(alias)).collect();
        job.aliases.push(used.name.clone());
        job.filters = job.filters.or_else(|| used.filters.clone());
        job.serial_group = job.serial_group.or_else(|| used.serial_group.clone());
        for context in &used.contexts {
            if !job.contexts.contains(context) {
                job.contexts.push(context.clone());
            }
        }
        out.push(job);
    }
}

fn names_a_group(env: &Env<'_>, item: &Node) -> bool {
    let name = item.as_text().or_else(|| item.as_map()?.keys().next());
    let groups = &env.namespace(NamespaceId::ROOT).definitions.job_groups;
    let jobs = &env.namespace(NamespaceId::ROOT).definitions.jobs;
    name.is_some_and(|name| groups.contains_key(name) && !jobs.contains_key(name))
}
