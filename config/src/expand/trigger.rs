//! Triggers of workflows: schedules are checked here; they are kept at the server.

use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::syntax::{keys, read};
use crate::yaml::Node;

/// Checks the triggers of a workflow.
pub(super) fn check(sink: &Sink, node: &Node) {
    for trigger in read::list(sink, node, "`triggers`").unwrap_or_default() {
        let Some(map) = read::map(sink, trigger, "a trigger") else { continue };
        read::check_keys(sink, map, &keys::TRIGGER);
        let Some(schedule) = read::required(sink, trigger, map, "schedule", "a trigger") else { continue };
        let Some(map) = read::map(sink, schedule, "`schedule`") else { continue };
        read::check_keys(sink, map, &keys::SCHEDULE);
        read::required(sink, schedule, map, "filters", "`schedule`");
        let Some(cron) = read::required(sink, schedule, map, "cron", "`schedule`") else { continue };
        let Some(text) = read::text(sink, cron, "`cron`") else { continue };
        if let Err(why) = cron_fields(&text) {
            let report = Report::error(Code::Schedule, cron.span, format!("`{text}` is not a schedule: {why}"));
            sink.push(
                report.help("five fields: minute, hour, day of month, month, day of week; `0 2 * * 1-5`".to_owned()),
            );
        }
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Checks the five fields of POSIX `crontab`.
fn cron_fields(text: &str) -> Result<(), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(format!("it has {} fields", fields.len()));
    };
    field(minute, "minute", 0, 59, &[])?;
    field(hour, "hour", 0, 23, &[])?;
    field(day, "day of month", 1, 31, &[])?;
    field(month, "month", 1, 12, &MONTHS)?;
    field(weekday, "day of week", 0, 7, &DAYS)
}

fn field(text: &str, what: &str, low: u32, high: u32, names: &[&str]) -> Result<(), String> {
    let value = |word: &str| {
        let named = names.iter().position(|name| word.eq_ignore_ascii_case(name)).map(|at| at as u32 + low);
        let number = word.parse::<u32>().ok().filter(|_| word.bytes().all(|byte| byte.is_ascii_digit()));
        named
            .or(number)
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| format!("the {what} `{word}` is not between {low} and {high}"))
    };
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        if let Some(step) = step
            && !step.parse::<u32>().is_ok_and(|step| step > 0)
        {
            return Err(format!("the step `{step}` of the {what} is not a number above 0"));
        }
        if range == "*" {
            continue;
        }
        match range.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (value(from)?, value(to)?);
                if from > to {
                    return Err(format!("the range `{range}` of the {what} ends before it begins"));
                }
            }
            None => {
                value(range)?;
            }
        }
    }
    Ok(())
}
