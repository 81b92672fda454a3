//! Commit statuses: what people see beside a commit at its forge.

use model::project::GitRef;

/// A commit status, ready to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStatus {
    /// Its name at the commit: `ci/roundhouse: build`. The newest status of a name counts.
    pub context: String,
    /// Good, bad, or not known yet.
    pub state: StatusState,
    /// A sentence, shown beside it.
    pub description: String,
    /// Where a click leads.
    pub target_url: Option<String>,
    /// The branch or tag that the commit was pushed to; GitLab wants to know.
    pub git_ref: Option<GitRef>,
}

/// The state of a commit status. Forges know fewer or other words: each client translates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusState {
    /// It waits, or runs.
    Pending,
    /// It went well.
    Success,
    /// It went badly, by the user's own work.
    Failure,
    /// It could not be done, or was cancelled.
    Error,
}

/// Cuts a description to what a forge takes: at a word where one is near, with an ellipsis.
pub(super) fn cut(description: &str, most: usize) -> String {
    let line = description.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let head: String = line.chars().take(most - 1).collect();
    let end = match head.rfind(' ') {
        Some(space) if head[space..].chars().count() <= most / 4 => space,
        Some(_) | None => head.len(),
    };
    format!("{}…", head[..end].trim_end_matches([' ', ',', ';', ':', '.', '-']))
}

#[cfg(test)]
mod tests;
