//! Commit statuses at GitLab.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use model::project::{GitRef, Sha};
use reqwest::Method;
use serde::Serialize;

use super::client::GitLab;
use crate::vcs::{
    error::ForgeError,
    forges::RepositoryHandle,
    status::{CommitStatus, StatusState, cut},
};

/// How many open statuses are remembered; then all are forgotten.
const OPEN_LIMIT: usize = 10_000;

/// The statuses that GitLab shows as pending, as far as this process knows: GitLab refuses to be told so again, and takes
/// a new description only with a new state. Forgetting one costs a refused request.
#[derive(Debug, Default)]
pub(super) struct OpenStatuses(Mutex<HashSet<Key>>);

/// Project, commit, name.
type Key = (i64, Sha, String);

impl OpenStatuses {
    fn contains(&self, key: &Key) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    fn set(&self, key: Key, state: StatusState) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state {
            StatusState::Pending => {
                if open.len() >= OPEN_LIMIT {
                    open.clear();
                }
                open.insert(key);
            }
            StatusState::Success | StatusState::Failure | StatusState::Error => {
                open.remove(&key);
            }
        }
    }
}

/// The longest description that GitLab takes, in characters.
const DESCRIPTION_LIMIT: usize = 255;

#[derive(Serialize)]
struct StatusBody<'s> {
    state: &'static str,
    name: &'s str,
    description: String,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    git_ref: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_url: Option<&'s str>,
}

impl GitLab {
    /// Posts a commit status.
    pub(in crate::vcs) async fn post_status(
        &self,
        repository: &RepositoryHandle,
        sha: &Sha,
        status: &CommitStatus,
    ) -> Result<(), ForgeError> {
        let CommitStatus { context, state, description, target_url, git_ref } = status;
        let key = (repository.forge_id, sha.clone(), context.clone());
        if *state == StatusState::Pending && self.open.contains(&key) {
            return Ok(());
        }
        let what = format!("post the status `{context}` to `{}` at {}", repository.slug.full_name(), sha.short());
        let body = StatusBody {
            state: word(*state),
            name: context,
            description: cut(description, DESCRIPTION_LIMIT),
            git_ref: git_ref.as_ref().map(GitRef::name),
            target_url: target_url.as_deref(),
        };
        let body = serde_json::to_value(body).unwrap_or_default();
        let answer = self.ask(Method::POST, repository, &format!("statuses/{sha}"), Some(&body)).await?;
        // GitLab refuses to go from a state to itself, or back: it shows that state, or a later one, already.
        let agreed = answer.status == 400 && answer.message().contains("Cannot transition status");
        if !agreed {
            self.accept(answer, &what)?;
        }
        self.open.set(key, *state);
        Ok(())
    }
}

/// GitLab's word for a state.
const fn word(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending => "pending",
        StatusState::Success => "success",
        StatusState::Failure | StatusState::Error => "failed",
    }
}
