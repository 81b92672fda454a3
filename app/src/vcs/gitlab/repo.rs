//! Commits of a project.

use model::project::{GitRef, Sha};
use reqwest::Method;
use serde::Deserialize;

use super::client::GitLab;
use crate::vcs::{encode_segment, error::ForgeError, event::Commit, forges::RepositoryHandle};

#[derive(Deserialize)]
struct CommitBody {
    id: Sha,
    message: String,
    #[serde(default)]
    author_name: String,
}

impl GitLab {
    /// What people want to see of a commit.
    pub(in crate::vcs) async fn find_commit(
        &self,
        repository: &RepositoryHandle,
        sha: &Sha,
    ) -> Result<Option<Commit>, ForgeError> {
        let what = format!("read commit {} of `{}`", sha.short(), repository.slug.full_name());
        Ok(self.read_commit(repository, sha.as_str(), &what).await?.map(|(_, commit)| commit))
    }

    /// The commit that a branch or tag points at now.
    pub(in crate::vcs) async fn find_head(
        &self,
        repository: &RepositoryHandle,
        git_ref: &GitRef,
    ) -> Result<Option<(Sha, Commit)>, ForgeError> {
        let what = format!("read `{}` of `{}`", git_ref.name(), repository.slug.full_name());
        self.read_commit(repository, &encode_segment(&git_ref.full()), &what).await
    }

    async fn read_commit(
        &self,
        repository: &RepositoryHandle,
        reference: &str,
        what: &str,
    ) -> Result<Option<(Sha, Commit)>, ForgeError> {
        let answer = self.ask(Method::GET, repository, &format!("repository/commits/{reference}"), None).await?;
        if answer.status == 404 && !answer.message().contains("Project") {
            return Ok(None);
        }
        let CommitBody { id, message, author_name } = self.accept(answer, what)?.json(what)?;
        Ok(Some((id, Commit::new(&message, author_name))))
    }
}
