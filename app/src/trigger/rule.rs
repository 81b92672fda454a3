//! Rules that keep an event from starting a pipeline.

use crate::vcs::event::{Commit, PullRequest};

/// Where CircleCI looks for the marks: in so many characters of the subject, and of the body.
const MARK_WITHIN: usize = 250;

/// Why this commit wants no pipeline, if it says so (`[skip ci]` or `[ci skip]`).
pub(super) fn skipped(commit: &Commit) -> Option<String> {
    let Commit { subject, body, author: _ } = commit;
    let marked = |text: &str| {
        let head: String = text.chars().take(MARK_WITHIN).collect();
        ["[skip ci]", "[ci skip]"].into_iter().find(|mark| head.contains(mark))
    };
    if let Some(mark) = marked(subject) {
        return Some(format!("the subject of the commit message says {mark}"));
    }
    marked(body).map(|mark| format!("the body of the commit message says {mark}"))
}

/// Why a pull request starts nothing.
pub(super) fn pull_request(event: &PullRequest) -> String {
    let PullRequest { action, number, .. } = event;
    if event.is_fork() {
        format!("pull request {number} {action}: pull requests from forks are not built yet")
    } else {
        format!("pull request {number} {action}: the push to its branch is the one that counts")
    }
}

#[cfg(test)]
mod tests;
