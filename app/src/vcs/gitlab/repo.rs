//! Commits of a project.

use model::project::Sha;
use reqwest::Method;
use serde::Deserialize;

use super::client::GitLab;
use crate::vcs::{error::ForgeError, event::Commit, forges::RepositoryHandle};

#[derive(Deserialize)]
struct CommitBody {
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
        let answer = self.ask(Method::GET, repository, &format!("repository/commits/{sha}"), None).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let CommitBody { message, author_name } = self.accept(answer, &what)?.json(&what)?;
        Ok(Some(Commit::new(&message, author_name)))
    }
}
