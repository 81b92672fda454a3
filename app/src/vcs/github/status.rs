//! Commit statuses at GitHub.

use http::Method;
use model::project::Sha;
use serde::Serialize;

use super::{
    client::{GitHub, Request},
    token::Purpose,
};
use crate::vcs::{
    error::ForgeError,
    forges::RepositoryHandle,
    status::{CommitStatus, StatusState, cut},
};

/// The longest description that GitHub takes, in characters.
const DESCRIPTION_LIMIT: usize = 140;

#[derive(Serialize)]
struct StatusBody<'s> {
    state: &'static str,
    context: &'s str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_url: Option<&'s str>,
}

impl GitHub {
    /// Posts a commit status.
    pub(in crate::vcs) async fn post_status(
        &self,
        repository: &RepositoryHandle,
        sha: &Sha,
        status: &CommitStatus,
    ) -> Result<(), ForgeError> {
        let CommitStatus { context, state, description, target_url, git_ref: _ } = status;
        let name = repository.slug.full_name();
        let what = format!("post the status `{context}` to `{name}` at {}", sha.short());
        let body = StatusBody {
            state: word(*state),
            context,
            description: cut(description, DESCRIPTION_LIMIT),
            target_url: target_url.as_deref(),
        };
        let request = Request {
            method: Method::POST,
            path: format!("/repos/{name}/statuses/{sha}"),
            accept: None,
            body: serde_json::to_value(body).ok(),
        };
        let answer = self.ask(repository, Purpose::Status, request).await?;
        self.accept(answer, &what, Purpose::Status).map(|_| ())
    }
}

/// GitHub's word for a state.
const fn word(state: StatusState) -> &'static str {
    match state {
        StatusState::Pending => "pending",
        StatusState::Success => "success",
        StatusState::Failure => "failure",
        StatusState::Error => "error",
    }
}
