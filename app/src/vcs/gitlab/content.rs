//! Files of a project, at a commit.

use model::project::Sha;
use reqwest::Method;

use super::client::GitLab;
use crate::vcs::{
    error::ForgeError,
    forges::{CONFIG_LIMIT_BYTES, RepositoryHandle},
};

impl GitLab {
    /// A text file at a commit; `None` when it is not there.
    pub(in crate::vcs) async fn read_file(
        &self,
        repository: &RepositoryHandle,
        path: &str,
        sha: &Sha,
    ) -> Result<Option<String>, ForgeError> {
        let what = format!("read `{path}` of `{}` at {}", repository.slug.full_name(), sha.short());
        let encoded = path.replace('/', "%2F");
        let answer =
            self.ask(Method::GET, repository, &format!("repository/files/{encoded}/raw?ref={sha}"), None).await?;
        if answer.status == 404 {
            let message = answer.message();
            // GitLab says "404 File Not Found" of a file, "404 Project Not Found" of a project that we may not see.
            return if message.contains("Project") || message.contains("Commit") {
                Err(ForgeError::permanent(format!(
                    "could not {what}: {message}; the token (ROUNDHOUSE_GITLAB_TOKEN) must be able to see the project"
                )))
            } else {
                Ok(None)
            };
        }
        let answer = self.accept(answer, &what)?;
        if answer.body.len() > CONFIG_LIMIT_BYTES {
            return Err(ForgeError::permanent(format!("could not {what}: it is larger than 3 MiB")));
        }
        String::from_utf8(answer.body.to_vec())
            .map(Some)
            .map_err(|_| ForgeError::permanent(format!("could not {what}: it is not UTF-8 text")))
    }
}
