//! Jobs.

use model::plan::{Environment, Executor, JobKind, JobPlan, ResourceClass};

use super::environment::environment;
use super::executor::executor;
use super::step;
use crate::Code;
use crate::diagnostic::suggest::{did_you_mean_or_list, nearest};
use crate::diagnostic::{Report, Sink};
use crate::expand::{Job, KINDS};
use crate::syntax::{keys, read};
use crate::yaml::{Entry, Node};

/// More tasks of one job are refused.
const MAX_PARALLELISM: i64 = 1000;

/// Reads a literal job. `None` after a mistake.
pub(super) fn job(sink: &Sink, job: &Job, contexts: &[String]) -> Option<JobKind> {
    match job.kind() {
        "build" => build(sink, job, contexts).map(|plan| JobKind::Build { plan: Box::new(plan) }),
        "no-op" => Some(JobKind::NoOp),
        "approval" => Some(JobKind::Approval),
        "release" => {
            let plan = job.get("plan_name").and_then(|entry| read::filled_text(sink, &entry.value, "`plan_name`"));
            if job.get("plan_name").is_none() {
                let message = format!("the job `{}` of type `release` needs the key `plan_name`", job.name);
                sink.push(Report::error(Code::MissingKey, job.span, message));
            }
            Some(JobKind::Release { plan_name: plan? })
        }
        other => {
            let span = job.get("type").map_or(job.span, |entry| entry.value.span);
            let report = if matches!(other, "lock" | "unlock") {
                let message = format!("jobs of the type `{other}` are not supported: a serial group makes its own");
                Report::error(Code::NotSupported, span, message).help(
                    "write `serial-group: KEY` at the job in the workflow, or at a job group to hold the lock for several jobs"
                        .to_owned(),
                )
            } else {
                let types = ["build", "no-op", "approval", "release"];
                Report::error(Code::InvalidValue, span, format!("there is no job type `{other}`"))
                    .help(did_you_mean_or_list(other, "the types are", types))
            };
            sink.push(report);
            None
        }
    }
}

/// Looks for mistakes in a job that does not run.
pub(crate) fn check_job(sink: &Sink, unused: &Job) {
    job(sink, unused, &[]);
}

fn build(sink: &Sink, job: &Job, contexts: &[String]) -> Option<JobPlan> {
    let place = job.fields.iter().find(|entry| KINDS.contains(&&*entry.key));
    let executor = match place {
        Some(entry) => executor(sink, entry),
        // That it cannot be had is said already.
        None if job.get("windows").is_some() => None,
        None => match job.fields.iter().find_map(|entry| Some((entry, nearest(&entry.key, KINDS)?))) {
            // Said of the key, which an executor may have for many jobs.
            Some((entry, meant)) => {
                let message =
                    format!("`{}` is none of `docker`, `machine` and `macos`: nothing says where jobs run", entry.key);
                sink.push(
                    Report::error(Code::Executor, entry.key_span, message).help(format!("did you mean `{meant}`?")),
                );
                None
            }
            None => {
                let message = format!("the job `{}` does not say where it runs", job.name);
                let help = "add `docker:` with an image, `machine:`, `macos:`, or `executor:` with a name".to_owned();
                sink.push(Report::error(Code::Executor, job.span, message).help(help));
                None
            }
        },
    };
    let text = |key: &str| {
        let node = &job.get(key).filter(|entry| !entry.value.is_null())?.value;
        read::text(sink, node, &format!("`{key}` of a job")).filter(|text| !text.is_empty())
    };
    // A machine and a Mac may say them as well.
    let of_machine = |key: &str| {
        let place = place.filter(|place| &*place.key != "docker")?;
        let node = place.value.get(key).filter(|node| !node.is_null())?;
        read::text(sink, node, &format!("`{key}` of `{}`", place.key))
    };
    let environment = job.get("environment").map_or_else(Environment::new, |entry| environment(sink, &entry.value));
    let parallelism = job.get("parallelism").map_or(Some(1), |entry| parallelism(sink, entry));
    let retention = cache_retention_days(sink, job);
    let in_docker = executor.as_ref().is_none_or(|executor| matches!(executor, Executor::Docker { .. }));
    let steps = step::steps(sink, &job.steps, in_docker, parallelism.unwrap_or(1));
    // A job whose steps are all mistaken has steps.
    if job.steps.is_empty() && sink.errors() == 0 {
        let report = Report::warning(Code::InvalidValue, job.span, format!("the job `{}` has no steps", job.name));
        sink.push(report.help("a job that only joins others is of `type: no-op`".to_owned()));
    }
    Some(JobPlan {
        resource_class: text("resource_class").or_else(|| of_machine("resource_class")).map(ResourceClass),
        working_directory: text("working_directory"),
        shell: text("shell").or_else(|| of_machine("shell")),
        environment,
        steps,
        parallelism: parallelism?,
        cache_retention_days: retention,
        contexts: contexts.to_vec(),
        executor: executor?,
    })
}

fn parallelism(sink: &Sink, entry: &Entry) -> Option<u32> {
    if entry.value.is_null() {
        return Some(1);
    }
    let number = read::integer(sink, &entry.value, "`parallelism`")?;
    if (1..=MAX_PARALLELISM).contains(&number) {
        return u32::try_from(number).ok();
    }
    let message = format!("`parallelism` is {number}; it must be between 1 and {MAX_PARALLELISM}");
    sink.push(Report::error(Code::InvalidValue, entry.value.span, message));
    None
}

/// Days of `retention: caches`, checked.
fn cache_retention_days(sink: &Sink, job: &Job) -> Option<u32> {
    let node = job.get("retention").map(|entry| &entry.value).filter(|node| !node.is_null())?;
    let map = read::map(sink, node, "`retention`")?;
    read::check_keys(sink, map, &keys::RETENTION);
    let caches = map.get("caches")?;
    let days = |node: &Node| {
        let number = node.as_text()?.strip_suffix('d')?.parse::<u32>().ok()?;
        (1..=30).contains(&number).then_some(number)
    };
    let days = days(caches);
    if days.is_none() {
        let report = Report::error(Code::InvalidValue, caches.span, "`caches` is not a number of days");
        sink.push(report.help("write `1d` to `30d`".to_owned()));
    }
    days
}
