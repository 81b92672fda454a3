//! Triggers of workflows: schedules.

use model::plan::{BranchFilter, WorkflowSchedule};
use model::project::GitRef;

use super::filter::{Patterns, Rules};
use crate::Code;
use crate::cron::{Cron, CronErrorKind};
use crate::diagnostic::{Report, Sink};
use crate::source::Span;
use crate::syntax::{keys, read};
use crate::yaml::Node;

/// The schedules among the triggers of a workflow.
pub(super) fn schedules(
    sink: &Sink,
    patterns: &Patterns,
    git_ref: &GitRef,
    workflow: &str,
    triggers: &Node,
) -> Vec<WorkflowSchedule> {
    let items = read::list(sink, triggers, "`triggers`").unwrap_or_default();
    let schedule = |item: &Node| {
        let map = read::map(sink, item, "a trigger")?;
        read::check_keys(sink, map, &keys::TRIGGER);
        let schedule = read::required(sink, item, map, "schedule", "a trigger")?;
        let map = read::map(sink, schedule, "`schedule`")?;
        read::check_keys(sink, map, &keys::SCHEDULE);
        let filters = read::required(sink, schedule, map, "filters", "`schedule`");
        let branches = filters.and_then(|filters| branches(sink, patterns, filters));
        let cron = cron(sink, read::required(sink, schedule, map, "cron", "`schedule`")?)?;
        let branches = branches?;
        let applies = git_ref.branch().is_some_and(|branch| branches.allows_branch(branch));
        let (only, ignore) = branches.texts();
        let branches = BranchFilter { only, ignore };
        Some(WorkflowSchedule { workflow: workflow.to_owned(), cron: cron.as_str().to_owned(), branches, applies })
    };
    items.iter().filter_map(schedule).collect()
}

fn branches(sink: &Sink, patterns: &Patterns, filters: &Node) -> Option<Rules> {
    let map = read::map(sink, filters, "`filters` of a schedule")?;
    for entry in map.entries.iter().filter(|entry| &*entry.key == "tags") {
        let message = "a schedule has no filter for tags: it is ignored";
        let help = "a schedule runs on the newest commit of a branch".to_owned();
        sink.push(Report::warning(Code::UnknownKey, entry.key_span, message).help(help));
    }
    let branches = read::required(sink, filters, map, "branches", "`filters` of a schedule")?;
    Rules::read(sink, patterns, branches, "branches")
}

/// Reads an expression; a mistake is shown at its word.
fn cron(sink: &Sink, node: &Node) -> Option<Cron> {
    let text = read::text(sink, node, "`cron`")?;
    match Cron::parse(&text) {
        Ok(cron) => Some(cron),
        Err(error) => {
            let message = format!("`{}` is not a schedule: {error}", crate::yaml::short(&text));
            // Quotes stand before the text.
            let length = (node.span.end - node.span.start) as usize;
            let quote = (length.saturating_sub(text.len()) / 2) as u32;
            let at = |place: usize| (node.span.start + quote + place as u32).min(node.span.end);
            let span = match length == text.len() + 2 * quote as usize && !error.place.is_empty() {
                true => Span { file: node.span.file, start: at(error.place.start), end: at(error.place.end) },
                false => node.span,
            };
            // People write 30 February to keep a workflow from ever running.
            let report = match error.kind {
                CronErrorKind::Never => Report::warning(Code::Schedule, span, message),
                CronErrorKind::FieldCount
                | CronErrorKind::Syntax
                | CronErrorKind::OutOfRange
                | CronErrorKind::Extension => Report::error(Code::Schedule, span, message),
            };
            sink.push(report.help(error.help));
            None
        }
    }
}
