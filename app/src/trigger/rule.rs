//! Rules that keep an event from starting a pipeline.

use model::project::GitRef;
use store::trigger_setting::TriggerSettings;

use crate::vcs::event::{Commit, PullRequest};

/// Where CircleCI looks for the marks: in so many characters of the subject, and of the body.
const MARK_WITHIN: usize = 250;

/// Why this commit wants no pipeline, if it says so (`[skip ci]` or `[ci skip]`). For pushes only: neither an API call, nor a
/// schedule, nor a fork's pull request asks.
pub(super) fn skipped(commit: &Commit) -> Option<String> {
    let Commit { subject, body, author: _, author_login: _ } = commit;
    let marked = |text: &str| {
        let head: String = text.chars().take(MARK_WITHIN).collect();
        ["[skip ci]", "[ci skip]"].into_iter().find(|mark| head.contains(mark))
    };
    if let Some(mark) = marked(subject) {
        return Some(format!("the subject of the commit message says {mark}"));
    }
    marked(body).map(|mark| format!("the body of the commit message says {mark}"))
}

/// Why a push to a branch wants no pipeline. `open` says whether the branch has an open pull request.
pub(super) fn push(
    git_ref: &GitRef,
    default_branch: &str,
    settings: TriggerSettings,
    open: bool,
) -> Result<(), String> {
    match git_ref {
        GitRef::Branch(branch) if settings.only_pull_requests && branch != default_branch && !open => {
            Err(format!("`{branch}` has no open pull request, and this project builds only branches that have one"))
        }
        GitRef::Branch(_) | GitRef::Tag(_) => Ok(()),
    }
}

/// Why something that happened to a pull request starts nothing. Pushes build the branches of the repository itself, so that
/// a commit has one pipeline and not two; a pull request from elsewhere has no push here.
pub(super) fn pull_request(event: &PullRequest, settings: TriggerSettings) -> Result<(), String> {
    let PullRequest { action, number, .. } = event;
    let brings_commits = match action.as_str() {
        "opened" | "reopened" => true,
        "synchronize" => event.is_fork(),
        _ => return Err(format!("pull request {number} {action}: it brings no commits")),
    };
    if event.is_fork() {
        return match settings.build_forks {
            true => Ok(()),
            false => Err(format!(
                "pull request {number} {action}: it comes from another repository, and this project does not build \
                 pull requests from forks"
            )),
        };
    }
    match settings.only_pull_requests && brings_commits {
        true => Ok(()),
        false => Err(format!("pull request {number} {action}: the push to its branch is the one that counts")),
    }
}

#[cfg(test)]
mod tests;
