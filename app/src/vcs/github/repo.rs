//! Commits of a repository.

use http::Method;
use model::project::{GitRef, Sha};
use serde::Deserialize;

use super::{
    client::{GitHub, Request},
    token::Purpose,
};
use crate::vcs::{encode_segment, error::ForgeError, event::Commit, forges::RepositoryHandle};

#[derive(Deserialize)]
struct CommitBody {
    sha: Sha,
    commit: CommitPart,
    author: Option<UserBody>,
}

#[derive(Deserialize)]
struct UserBody {
    login: Option<String>,
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
        let reference = match git_ref {
            GitRef::Branch(name) => format!("heads/{name}"),
            GitRef::Tag(name) => format!("tags/{name}"),
        };
        self.read_commit(repository, &encode_segment(&reference), &what).await
    }

    async fn read_commit(
        &self,
        repository: &RepositoryHandle,
        reference: &str,
        what: &str,
    ) -> Result<Option<(Sha, Commit)>, ForgeError> {
        let path = format!("/repos/{}/commits/{reference}", repository.slug.full_name());
        let request = Request { method: Method::GET, path, accept: None, body: None };
        let answer = self.ask(repository, Purpose::Read, request).await?;
        if matches!(answer.status.as_u16(), 404 | 422) {
            return Ok(None);
        }
        let CommitBody { sha, commit: CommitPart { message, author: signature }, author } =
            self.accept(answer, what, Purpose::Read)?.json(what)?;
        let mut commit = Commit::new(&message, signature.and_then(|author| author.name).unwrap_or_default());
        commit.author_login = author.and_then(|user| user.login);
        Ok(Some((sha, commit)))
    }
}
