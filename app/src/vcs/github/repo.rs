//! Commits of a repository.

use http::Method;
use model::project::Sha;
use serde::Deserialize;

use super::{
    client::{GitHub, Request},
    token::Purpose,
};
use crate::vcs::{error::ForgeError, event::Commit, forges::RepositoryHandle};

#[derive(Deserialize)]
struct CommitBody {
    commit: CommitPart,
}

#[derive(Deserialize)]
struct CommitPart {
    message: String,
    author: Option<AuthorBody>,
}

#[derive(Deserialize)]
struct AuthorBody {
    name: Option<String>,
}

impl GitHub {
    /// What people want to see of a commit.
    pub(in crate::vcs) async fn find_commit(
        &self,
        repository: &RepositoryHandle,
        sha: &Sha,
    ) -> Result<Option<Commit>, ForgeError> {
        let name = repository.slug.full_name();
        let what = format!("read commit {} of `{name}`", sha.short());
        let request =
            Request { method: Method::GET, path: format!("/repos/{name}/commits/{sha}"), accept: None, body: None };
        let answer = self.ask(repository, Purpose::Read, request).await?;
        if matches!(answer.status.as_u16(), 404 | 422) {
            return Ok(None);
        }
        let CommitBody { commit: CommitPart { message, author } } =
            self.accept(answer, &what, Purpose::Read)?.json(&what)?;
        Ok(Some(Commit::new(&message, author.and_then(|author| author.name).unwrap_or_default())))
    }
}
