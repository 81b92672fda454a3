//! All forges behind one face.

use model::{
    permission::Permission,
    project::{GitRef, ProjectSlug, Sha, Vcs},
};
use secrecy::SecretString;

use super::{error::ForgeError, event::Commit, github::GitHub, gitlab::GitLab, status::CommitStatus};
use crate::{
    clock::Clock,
    settings::{GithubSettings, GitlabSettings},
};

/// Where the configuration of a repository lives.
pub const CONFIG_PATH: &str = ".circleci/config.yml";

/// The largest configuration that is read.
pub(super) const CONFIG_LIMIT_BYTES: usize = 3 * 1024 * 1024;

/// Which forges there are, and how to reach them.
#[derive(Clone, Debug)]
pub struct ForgeSettings {
    /// GitHub. Without an App it can be told of events, but not asked.
    pub github: GithubSettings,
    /// GitLab, when there is one.
    pub gitlab: Option<GitlabSettings>,
}

/// A repository that a forge is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryHandle {
    /// Forge and name.
    pub slug: ProjectSlug,
    /// The forge's numeric id.
    pub forge_id: i64,
    /// The installation of our GitHub App; looked up when it is not known.
    pub installation_id: Option<i64>,
}

/// A person at a forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// The forge's numeric id: the identity.
    pub id: i64,
    /// Login name, as it was when we last heard.
    pub login: &'a str,
}

/// What Git needs to fetch a repository over HTTP.
#[derive(Clone, Debug)]
pub struct CloneCredentials {
    /// User name.
    pub username: String,
    /// Password: a token that can read this repository, and no more where the forge can limit it.
    pub password: SecretString,
}

/// All forges behind one face. Connections are made when they are first needed.
#[derive(Debug)]
pub struct Forges {
    github: GitHub,
    gitlab: Option<GitLab>,
}

impl Forges {
    /// Forges by their settings.
    pub fn new(settings: ForgeSettings, clock: Clock) -> Self {
        let ForgeSettings { github, gitlab } = settings;
        Self { github: GitHub::new(github, clock.clone()), gitlab: gitlab.map(|settings| GitLab::new(settings, clock)) }
    }

    /// The configuration at a commit; `None` when the repository has none there.
    ///
    /// # Errors
    /// The forge could not be asked, or would not answer.
    pub async fn read_config(&self, repository: &RepositoryHandle, sha: &Sha) -> Result<Option<String>, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.read_file(repository, CONFIG_PATH, sha).await,
            Vcs::GitLab => self.gitlab()?.read_file(repository, CONFIG_PATH, sha).await,
        }
    }

    /// What people want to see of a commit; `None` when the forge does not know it.
    ///
    /// # Errors
    /// The forge could not be asked, or would not answer.
    pub async fn find_commit(&self, repository: &RepositoryHandle, sha: &Sha) -> Result<Option<Commit>, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.find_commit(repository, sha).await,
            Vcs::GitLab => self.gitlab()?.find_commit(repository, sha).await,
        }
    }

    /// The commit that a branch or tag points at now, and what people want to see of it; `None` when there is no such
    /// branch or tag.
    ///
    /// # Errors
    /// The forge could not be asked, or would not answer.
    pub async fn find_head(
        &self,
        repository: &RepositoryHandle,
        git_ref: &GitRef,
    ) -> Result<Option<(Sha, Commit)>, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.find_head(repository, git_ref).await,
            Vcs::GitLab => self.gitlab()?.find_head(repository, git_ref).await,
        }
    }

    /// Makes the forge show a status at a commit. Posting the same one again does no harm.
    ///
    /// # Errors
    /// The forge could not be asked, or would not take it.
    pub async fn post_status(
        &self,
        repository: &RepositoryHandle,
        sha: &Sha,
        status: &CommitStatus,
    ) -> Result<(), ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.post_status(repository, sha, status).await,
            Vcs::GitLab => self.gitlab()?.post_status(repository, sha, status).await,
        }
    }

    /// Credentials that Git can fetch this repository with, good for at least half an hour.
    ///
    /// # Errors
    /// The forge could not be asked, or would not give them.
    pub async fn clone_credentials(&self, repository: &RepositoryHandle) -> Result<CloneCredentials, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.clone_credentials(repository).await,
            Vcs::GitLab => self.gitlab()?.clone_credentials(),
        }
    }

    /// What a person may do with a repository. What everybody may is not told: whether it is public, the project's row says.
    ///
    /// # Errors
    /// The forge could not be asked, or would not answer.
    pub async fn permission(
        &self,
        repository: &RepositoryHandle,
        person: Person<'_>,
    ) -> Result<Permission, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.permission(repository, person).await,
            Vcs::GitLab => self.gitlab()?.permission(repository, person).await,
        }
    }

    /// Whether a person is in a group: a team of the repository's organization at GitHub, by its slug; a group at GitLab, by its
    /// full path.
    ///
    /// # Errors
    /// The forge could not be asked, or would not answer.
    pub async fn is_in_group(
        &self,
        repository: &RepositoryHandle,
        group: &str,
        person: Person<'_>,
    ) -> Result<bool, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.is_in_team(repository, group, person.id).await,
            Vcs::GitLab => self.gitlab()?.is_in_group(group, person).await,
        }
    }

    /// The keys of a forge's SSH host, as lines of a `known_hosts` file; none where the forge does not tell them.
    ///
    /// # Errors
    /// The forge could not be asked, or would not answer.
    pub async fn ssh_host_keys(&self, repository: &RepositoryHandle, host: &str) -> Result<String, ForgeError> {
        match repository.slug.vcs {
            Vcs::GitHub => self.github.ssh_host_keys(repository, host).await,
            Vcs::GitLab => Ok(String::new()),
        }
    }

    fn gitlab(&self) -> Result<&GitLab, ForgeError> {
        self.gitlab.as_ref().ok_or_else(|| {
            ForgeError::permanent("GitLab is not set up here: set ROUNDHOUSE_GITLAB_URL and ROUNDHOUSE_GITLAB_TOKEN")
        })
    }
}
