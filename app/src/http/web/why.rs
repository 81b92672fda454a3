//! The reasons beside a pipeline: each thing that is neither green nor simply running, with its cause.

use model::{
    job::{JobState, Outcome},
    plan::Skipped,
    project::ProjectSlug,
};
use store::{
    job::{Job, JobType, Needs},
    workflow::Workflow,
};

use super::{
    address,
    part::{Glyph, Mark, prose},
    workflow::{is_superseded, mark, waits_for},
};
use crate::http::page::Html;

/// One reason.
#[derive(Clone, Debug)]
pub struct Reason {
    pub mark: Mark,
    pub title: String,
    pub text: Html,
    pub href: Option<String>,
}

/// The reasons of a pipeline's workflows: what needs a person first, then what failed, what waits, what did not run.
pub fn reasons(slug: &ProjectSlug, number: u64, workflows: &[(Workflow, Vec<Job>)]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (workflow, jobs) in workflows {
        // What ended in an attempt that another has taken the place of needs nobody any more.
        let over = is_superseded(workflow, workflows);
        for job in jobs.iter().filter(|job| !over || job.state.outcome().is_none()) {
            if let Some((title, text)) = of_job(job, jobs) {
                let href = Some(address::job(slug, number, workflow.id, job.number));
                reasons.push((rank(job.state), Reason { mark: mark(job, jobs), title, text: prose(&text), href }));
            }
        }
        for skipped in workflow.skipped.iter().filter(|_| !over) {
            let whole = jobs.is_empty() && skipped.name == workflow.name;
            let title = match whole || jobs.is_empty() && workflow.skipped.len() == 1 {
                true => format!("{} did not run", workflow.name),
                false => format!("{} did not run", skipped.name),
            };
            let mark = Mark::of_outcome(Outcome::NotRun);
            reasons.push((9, Reason { mark, title, text: prose(&sentence(&skipped.reason)), href: None }));
        }
    }
    reasons.sort_by_key(|(rank, _)| *rank);
    reasons.into_iter().map(|(_, reason)| reason).collect()
}

/// Why a workflow, or a job, was left out of a pipeline.
pub fn left_out(skipped: &Skipped) -> Reason {
    let Skipped { name, reason } = skipped;
    let mark = Mark::of_outcome(Outcome::NotRun);
    Reason { mark, title: format!("{name} did not run"), text: prose(&sentence(reason)), href: None }
}

/// The sentence of a job, in two parts: what, and because. `None` for those that need none.
pub fn of_job(job: &Job, siblings: &[Job]) -> Option<(String, String)> {
    let name = &job.name;
    let because = |otherwise: &str| sentence(job.reason.as_deref().unwrap_or(otherwise));
    Some(match job.state {
        JobState::Running | JobState::Ended(Outcome::Success) => return None,
        JobState::Blocked => {
            let waits = !waits_for(job, siblings).is_empty();
            let title = match &job.waits_for {
                Some(_) if waits => format!("{name} is blocked"),
                Some(_) => format!("{name} waits"),
                None => format!("{name} is about to start"),
            };
            (title, sentence(job.waits_for.as_deref().unwrap_or("nothing stands before it any more")))
        }
        JobState::OnHold => {
            let otherwise = "it waits for a person's approval";
            (format!("{name} is on hold"), sentence(job.waits_for.as_deref().unwrap_or(otherwise)))
        }
        JobState::Queued => (format!("{name} is queued"), queued(job)),
        JobState::Ended(Outcome::Failed) => (format!("{name} failed"), because("a step failed")),
        JobState::Ended(Outcome::TimedOut) => (format!("{name} ran out of time"), because("a time limit ended it")),
        JobState::Ended(Outcome::InfrastructureFail) => {
            (format!("{name} could not run"), because("its environment failed, not your work"))
        }
        JobState::Ended(Outcome::Unauthorized) => {
            (format!("{name} was not allowed to run"), because("it has no right to"))
        }
        JobState::Ended(Outcome::Canceled) => (format!("{name} was canceled"), because("somebody canceled it")),
        JobState::Ended(Outcome::NotRun) => {
            (format!("{name} did not run"), because("what it requires did not end as needed"))
        }
    })
}

/// What a queued job waits for.
pub fn queued(job: &Job) -> String {
    if let Some(why) = &job.waits_for {
        return sentence(why);
    }
    let with = match job.needs {
        Some(Needs::Docker) => "with the Docker executor",
        Some(Needs::Machine) => "with the machine executor",
        Some(Needs::Macos) => "that is a Mac",
        None => "that can take it",
    };
    match (&job.resource_class, job.kind) {
        (_, JobType::Approval | JobType::NoOp | JobType::Release) => {
            "It needs no runner and ends by itself.".to_owned()
        }
        (Some(class), _) if class.label().is_some() => format!("It waits for a runner {with} of the class {class}."),
        _ => format!("It waits for a runner {with}."),
    }
}

/// Begins with a capital and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut characters = text.chars();
    let mut whole: String = characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect();
    if !whole.ends_with(['.', '!', '?', '…']) && !whole.is_empty() {
        whole.push('.');
    }
    whole
}

/// Where a state stands among others: what needs a person first, then what failed, what waits, what did not run.
pub const fn rank(state: JobState) -> u8 {
    match state {
        JobState::OnHold => 0,
        JobState::Ended(Outcome::Failed | Outcome::TimedOut | Outcome::Unauthorized) => 1,
        JobState::Ended(Outcome::InfrastructureFail) => 2,
        JobState::Queued => 3,
        JobState::Running => 4,
        JobState::Blocked => 5,
        JobState::Ended(Outcome::Canceled) => 6,
        JobState::Ended(Outcome::NotRun) => 7,
        JobState::Ended(Outcome::Success) => 8,
    }
}

/// The sentence over a pipeline: the first thing that somebody has to look at.
#[derive(Clone, Debug)]
pub struct Note {
    pub mark: Mark,
    pub title: String,
    pub text: Html,
    pub href: Option<String>,
}

/// The note of a pipeline's workflows. Green and running ones need none.
pub fn note(slug: &ProjectSlug, number: u64, workflows: &[(Workflow, Vec<Job>)]) -> Option<Note> {
    let first = reasons(slug, number, workflows).into_iter().next()?;
    let loud = match first.mark.glyph {
        Glyph::Hold | Glyph::Bad | Glyph::Time | Glyph::Infra | Glyph::Lock | Glyph::Error => true,
        Glyph::Ok | Glyph::Run | Glyph::Queued | Glyph::Wait | Glyph::Block | Glyph::Cancel | Glyph::Skip => false,
    };
    loud.then_some(Note { mark: first.mark, title: first.title, text: first.text, href: first.href })
}
