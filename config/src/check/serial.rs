//! Serial groups: a key stands once in a workflow.

use std::collections::BTreeMap;

use model::plan::JobGroup;

use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::expand::{Instance, Workflow};

/// A key that several jobs of a workflow have is a warning: CircleCI runs such workflows, and warns of them in its
/// documentation. A job that would wait for its own job group is an error.
pub(crate) fn serial_groups(sink: &Sink, workflow: &Workflow) {
    let mut first: BTreeMap<&str, &Instance> = BTreeMap::new();
    for job in &workflow.jobs {
        let Some(key) = &job.serial_group else { continue };
        let Some(known) = first.get(key.as_str()) else {
            first.insert(key, job);
            continue;
        };
        let group = |job: &Instance| job.group.as_ref().map(|JobGroup { name, .. }| name.clone());
        let message = format!("`{}` and `{}` have the same serial group `{key}`", known.name, job.name);
        match (group(known), group(job)) {
            (Some(outer), Some(inner)) if outer == inner => {
                let report = Report::error(Code::SerialGroup, job.span, message).related(known.span, "the other one");
                sink.push(report.help(format!(
                    "the job group `{outer}` holds the lock until all of its jobs have ended: `{}` would wait forever",
                    job.name
                )));
            }
            (_, _) if known.span == job.span => {
                let message = format!("all jobs of the matrix have the same serial group `{key}`");
                let help = "they run one after another; put a value of the matrix into the key to run them together";
                sink.push(Report::warning(Code::SerialGroup, job.span, message).help(help.to_owned()));
            }
            (_, _) => {
                let report = Report::warning(Code::SerialGroup, job.span, message).related(known.span, "the other one");
                let help = "within a workflow, a key should be unique: the order in which such jobs take the lock is not \
                            that of the workflow; use `requires`, or a job group with a `serial-group`";
                sink.push(report.help(help.to_owned()));
            }
        }
    }
}
