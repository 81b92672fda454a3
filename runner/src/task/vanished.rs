//! Tells the end of a task whose agent cannot tell it any more.

use model::{
    event::{StepResult, TaskEvent, TaskEventKind, duration, size},
    job::Outcome,
    plan::ResourceClass,
};

use super::supervise::Cause;
use crate::{executor::EnvironmentEnd, own::now, report::Reporter, resource::ResourceClasses};

/// How much of an agent's last words is told.
const LAST_WORDS: usize = 1000;

/// The events that are missing: an end for each open step, and the task's.
pub(super) fn vanished(
    reporter: &Reporter,
    end: &EnvironmentEnd,
    cause: Cause,
    damage: Option<&str>,
    class: Option<&ResourceClass>,
) -> Vec<TaskEvent> {
    let (result, outcome, reason) = explain(end, cause, damage, class);
    let steps = reporter.open_steps().map(|key| TaskEventKind::StepEnded { key, result: result.clone() });
    let kinds = steps.chain([TaskEventKind::Ended { outcome, reason: Some(reason) }]);
    (reporter.last_seq() + 1..).zip(kinds).map(|(seq, kind)| TaskEvent { seq, at: now(), kind }).collect()
}

/// Why a job ends whose own record of itself makes no sense.
pub(super) fn damage_reason(details: &str) -> String {
    format!(
        "the runner stopped the job because the job's record of itself was damaged ({details}); something in the job wrote \
         to the directory of its task agent"
    )
}

/// How the open steps ended, how the task did, and why.
fn explain(
    end: &EnvironmentEnd,
    cause: Cause,
    damage: Option<&str>,
    class: Option<&ResourceClass>,
) -> (StepResult, Outcome, String) {
    let lost = |reason: String| (StepResult::Lost { reason: reason.clone() }, Outcome::InfrastructureFail, reason);
    match cause {
        Cause::Canceled => (StepResult::Canceled, Outcome::Canceled, "canceled".to_owned()),
        Cause::TimedOut(limit_ms) => {
            let result = StepResult::TimedOut { limit_ms };
            (result, Outcome::TimedOut, format!("the job ran longer than its limit of {}", duration(limit_ms)))
        }
        Cause::OutOfContact => lost(
            "the runner could not reach the server for so long that it had to stop the job; look at the runner's network"
                .to_owned(),
        ),
        Cause::Damaged => lost(damage_reason(damage.unwrap_or("no details"))),
        Cause::Itself => match end {
            EnvironmentEnd::Exited { out_of_memory: Some(limit), .. } => {
                let result = StepResult::Signal { signal: 9, out_of_memory: true };
                let class = class.map_or(ResourceClasses::DEFAULT, |class| class.0.as_str());
                let reason = match limit {
                    0 => "the job ran out of memory, and the kernel killed it".to_owned(),
                    limit => format!(
                        "the job ran out of memory: its limit is {} (resource class `{class}`); a larger \
                         `resource_class` has more",
                        size(*limit)
                    ),
                };
                (result, Outcome::Failed, reason)
            }
            EnvironmentEnd::Exited { code: Some(137), out_of_memory: None, .. } => (
                StepResult::Signal { signal: 9, out_of_memory: false },
                Outcome::InfrastructureFail,
                "the job's environment was killed from outside with SIGKILL".to_owned(),
            ),
            // It has done all that it had to, and said so where nobody can read it any more.
            EnvironmentEnd::Exited { code: Some(0), out_of_memory: None, .. } => {
                lost(damage_reason("it ends before the job does"))
            }
            EnvironmentEnd::Exited { code, out_of_memory: None, last_words } => {
                let code = code.map_or_else(String::new, |code| format!(" with code {code}"));
                let words = match last_words.trim() {
                    "" => String::new(),
                    words => format!("; its last words: {}", tail(words)),
                };
                lost(format!("the task agent in the job's environment ended unexpectedly{code}{words}"))
            }
            EnvironmentEnd::Gone => {
                lost("the job's environment disappeared: somebody or something removed it while the job ran".to_owned())
            }
        },
    }
}

/// The end of a text that may be long.
fn tail(words: &str) -> &str {
    let from = words.len().saturating_sub(LAST_WORDS);
    words.char_indices().find(|(at, _)| *at >= from).map_or(words, |(at, _)| &words[at..])
}
