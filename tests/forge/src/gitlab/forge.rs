//! The forge, as a test or a demonstration holds it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, ensure};
use model::project::{GitRef, Sha};
use tempfile::TempDir;

use super::{
    serve,
    state::{Project, State, StatusRecord, TOKEN},
    webhook,
};
use crate::{Delivery, Failure, git::GitRepository, github::RequestRecord, person, server::Server};

/// A GitLab on a loopback port. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeGitLab {
    state: Arc<State>,
    server: Server,
    _directory: TempDir,
}

impl FakeGitLab {
    /// Starts one on a free port, with repositories in a directory that goes with it.
    ///
    /// # Errors
    /// Fails when no port or directory can be had.
    pub async fn start() -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("fake-gitlab-").context("make a directory for repositories")?;
        Self::start_in(directory, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    async fn start_in(directory: TempDir, address: SocketAddr) -> anyhow::Result<Self> {
        let (listener, address) = Server::bind(address).await?;
        let state = Arc::new(State::new(directory.path().to_owned(), format!("http://{address}")));
        let server = Server::start(listener, address, serve::router(Arc::clone(&state)));
        Ok(Self { state, server, _directory: directory })
    }

    /// Its address, for people, for Git, and for the API below `/api/v4`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The access token that it takes.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// The secret that its webhooks carry.
    pub fn webhook_secret(&self) -> &'static str {
        webhook::SECRET
    }

    /// Makes a public project, `group/project` or deeper.
    ///
    /// # Errors
    /// Fails when Git does, or the path has no group.
    pub fn create_project(&self, path: &str) -> anyhow::Result<()> {
        self.create(path, false)
    }

    /// Makes a private project: Git asks for the token there.
    ///
    /// # Errors
    /// Fails when Git does, or the path has no group.
    pub fn create_private_project(&self, path: &str) -> anyhow::Result<()> {
        self.create(path, true)
    }

    fn create(&self, path: &str, private: bool) -> anyhow::Result<()> {
        ensure!(path.contains('/'), "`{path}` has no group");
        let git = GitRepository::open(&Path::new(&self.state.directory).join(format!("{path}.git")))?;
        let project = Project { id: person::stable_id(path), path: path.to_owned(), private, git };
        self.state.memory().projects.insert(path.to_owned(), project);
        Ok(())
    }

    /// Adds a commit to a branch that sets these files (`(path, content)`) and keeps all others.
    ///
    /// # Errors
    /// Fails when Git does, or there is no such project.
    pub fn commit(&self, path: &str, branch: &str, files: &[(&str, &str)], subject: &str) -> anyhow::Result<Sha> {
        self.git(path)?.commit(branch, files, subject)
    }

    /// The Git repository itself.
    ///
    /// # Errors
    /// Fails when there is no such project.
    pub fn git(&self, path: &str) -> anyhow::Result<GitRepository> {
        self.state.find(path).map(|project| project.git).with_context(|| format!("no project `{path}` here"))
    }

    /// Gives a person an access level in a project (30: Developer, 40: Maintainer). Nobody has one at first.
    pub fn set_access_level(&self, path: &str, login: &str, level: i64) {
        self.state.memory().members.insert((path.to_owned(), person::id_of(login)), level);
    }

    /// Gives a person an access level in a group, which exists as soon as somebody is in it.
    pub fn add_to_group(&self, path: &str, login: &str, level: i64) {
        self.state.memory().group_members.insert((path.to_owned(), person::id_of(login)), level);
    }

    /// The number of a person, who exists as soon as somebody speaks of them.
    pub fn person_id(&self, login: &str) -> i64 {
        person::id_of(login)
    }

    /// The hook of a push: `before` is `None` for a new branch or tag, `after` is `None` for a deletion.
    ///
    /// # Errors
    /// Fails when there is no such project or commit.
    pub fn push_webhook(
        &self,
        path: &str,
        git_ref: &GitRef,
        before: Option<&Sha>,
        after: Option<&Sha>,
    ) -> anyhow::Result<Delivery> {
        let project = self.state.find(path).with_context(|| format!("no project `{path}` here"))?;
        webhook::push(&self.state, &project, git_ref, before, after)
    }

    /// Statuses of a commit, oldest first.
    pub fn statuses(&self, sha: &Sha) -> Vec<StatusRecord> {
        self.state.memory().statuses.iter().filter(|status| status.sha == *sha).cloned().collect()
    }

    /// The next `count` requests fail.
    pub fn fail_next(&self, count: usize, failure: Failure) {
        self.state.failures.add("", count, failure);
    }

    /// The next `count` requests whose path contains `path` fail.
    pub fn fail_next_at(&self, path: &str, count: usize, failure: Failure) {
        self.state.failures.add(path, count, failure);
    }

    /// How many of these failures have not happened yet.
    pub fn waiting_failures(&self) -> usize {
        self.state.failures.waiting()
    }

    /// Requests, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state.memory().requests.clone()
    }
}
