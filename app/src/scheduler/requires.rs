//! Whether what a job requires lets it start.

use model::{
    job::{JobState, Outcome},
    plan::{RequiredStatus, Requires},
};

/// So many names are said at most.
const NAMES: usize = 5;

/// What the ends of other jobs mean for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// Jobs that it requires have not ended: these.
    Waiting(Vec<&'a str>),
    /// All have ended as required.
    Free,
    /// One has ended otherwise: it will never run. The sentence says why.
    Hopeless(String),
}

/// Looks at all edges of a job. `state_of` knows the jobs by name; a name that it does not know does not run in this
/// pipeline, and nothing waits for it.
pub(super) fn standing(requires: &[Requires], state_of: impl Fn(&str) -> Option<JobState>) -> Standing<'_> {
    let mut waiting = Vec::new();
    for edge in requires {
        match state_of(&edge.job) {
            None => {}
            Some(JobState::Ended(outcome)) if edge.accepts(outcome) => {}
            Some(JobState::Ended(outcome)) => return Standing::Hopeless(sentence(edge, outcome)),
            Some(JobState::Blocked | JobState::OnHold | JobState::Queued | JobState::Running) => {
                waiting.push(edge.job.as_str());
            }
        }
    }
    if waiting.is_empty() { Standing::Free } else { Standing::Waiting(waiting) }
}

/// `` requires `build` and `lint`, which have not ended ``.
pub(super) fn waits(names: &[&str]) -> String {
    match names {
        [] => "nothing stands before it".to_owned(),
        [one] => format!("requires `{one}`, which has not ended"),
        [first @ .., last] if names.len() <= NAMES => {
            format!("requires {} and `{last}`, which have not ended", quoted(first))
        }
        _ => {
            let (some, more) = names.split_at(NAMES - 1);
            format!("requires {} and {} more jobs, which have not ended", quoted(some), more.len())
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `` `build` failed, and this job requires its success ``.
fn sentence(edge: &Requires, outcome: Outcome) -> String {
    let happened = match outcome {
        Outcome::Success => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Canceled => "was canceled",
        Outcome::NotRun => "did not run",
        Outcome::Unauthorized => "was not allowed to run",
        Outcome::TimedOut => "ran out of time",
        Outcome::InfrastructureFail => "could not be run to its end",
    };
    let wanted = match edge.statuses.as_slice() {
        [RequiredStatus::Success] => "its success".to_owned(),
        statuses => {
            let words: Vec<_> = statuses.iter().copied().map(wanted).collect();
            format!("that it {}", words.join(" or "))
        }
    };
    format!("`{}` {happened}, and this job requires {wanted}", edge.job)
}

const fn wanted(status: RequiredStatus) -> &'static str {
    match status {
        RequiredStatus::Success => "succeeds",
        RequiredStatus::Failed => "fails",
        RequiredStatus::Canceled => "is canceled",
        RequiredStatus::Unauthorized => "is not allowed to run",
        RequiredStatus::NotRun => "does not run",
        RequiredStatus::Terminal => "ends",
    }
}
