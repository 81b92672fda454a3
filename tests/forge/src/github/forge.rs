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
    state::{APP_ID, GitAccess, INSTALLATION_ID, MintedToken, Repository, RequestRecord, State, StatusRecord},
    webhook::{self, PullRequest},
};
use crate::{Delivery, Failure, git::GitRepository, person, server::Server};

/// A GitHub on a loopback port. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeGitHub {
    state: Arc<State>,
    server: Server,
    _directory: Option<TempDir>,
}

impl FakeGitHub {
    /// Starts one on a free port, with repositories in a directory that goes with it.
    ///
    /// # Errors
    /// Fails when no port or directory can be had.
    pub async fn start() -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("fake-github-").context("make a directory for repositories")?;
        let mut forge = Self::start_at(directory.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        forge._directory = Some(directory);
        Ok(forge)
    }

    /// Starts one at an address, with repositories in a directory that stays. Repositories that are there are found
    /// again by [`FakeGitHub::create_repo`]; tokens and statuses are not kept.
    ///
    /// # Errors
    /// Fails when the address cannot be had.
    pub async fn start_at(directory: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        let (listener, address) = Server::bind(address).await?;
        let state = Arc::new(State::new(directory.to_owned(), format!("http://{address}")));
        let server = Server::start(listener, address, serve::router(Arc::clone(&state)));
        Ok(Self { state, server, _directory: None })
    }

    /// Its address for people and for Git.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Address of its API, with the path that GitHub Enterprise Server has.
    pub fn api_url(&self) -> String {
        format!("{}/api/v3", self.server.url())
    }

    /// The App's id.
    pub fn app_id(&self) -> u64 {
        APP_ID
    }

    /// The id of the App's one installation.
    pub fn installation_id(&self) -> u64 {
        INSTALLATION_ID
    }

    /// The App's private key. It is published in this repository: it opens nothing but this fake.
    pub fn private_key_pem(&self) -> &'static str {
        include_str!("key_for_tests.pem")
    }

    /// The secret that webhooks are signed with.
    pub fn webhook_secret(&self) -> &'static str {
        webhook::SECRET
    }

    /// Sets the time that JWTs are judged by, in seconds since the epoch, for servers whose clock a test turns.
    pub fn set_now(&self, seconds: i64) {
        self.state.memory().now_s = Some(seconds);
    }

    /// Makes a public repository, `acme/api`.
    ///
    /// # Errors
    /// Fails when Git does, or the name is not `org/repo`.
    pub fn create_repo(&self, name: &str) -> anyhow::Result<()> {
        self.create(name, false)
    }

    /// Makes a private repository: Git asks for a token there.
    ///
    /// # Errors
    /// Fails when Git does, or the name is not `org/repo`.
    pub fn create_private_repo(&self, name: &str) -> anyhow::Result<()> {
        self.create(name, true)
    }

    fn create(&self, name: &str, private: bool) -> anyhow::Result<()> {
        ensure!(name.split('/').count() == 2, "`{name}` is not `org/repo`");
        let git = GitRepository::open(&self.state.directory.join(format!("{name}.git")))?;
        let repository = Repository { id: person::stable_id(name), name: name.to_owned(), private, git };
        self.state.memory().repositories.insert(name.to_owned(), repository);
        Ok(())
    }

    /// Adds a commit to a branch that sets these files (`(path, content)`) and keeps all others.
    ///
    /// # Errors
    /// Fails when Git does, or there is no such repository.
    pub fn commit(&self, name: &str, branch: &str, files: &[(&str, &str)], subject: &str) -> anyhow::Result<Sha> {
        self.git(name)?.commit(branch, files, subject)
    }

    /// Tags a commit.
    ///
    /// # Errors
    /// Fails when Git does, or there is no such repository.
    pub fn tag(&self, name: &str, tag: &str, sha: &Sha) -> anyhow::Result<()> {
        self.git(name)?.tag(tag, sha)
    }

    /// The Git repository itself.
    ///
    /// # Errors
    /// Fails when there is no such repository.
    pub fn git(&self, name: &str) -> anyhow::Result<GitRepository> {
        self.state.find(name).map(|repository| repository.git).with_context(|| format!("no repository `{name}` here"))
    }

    /// Gives a person a role in a repository (`admin`, `write`, `read`), or takes it (`none`). Nobody has one at first.
    pub fn set_role(&self, name: &str, login: &str, role: &str) {
        self.state.memory().members.insert((name.to_owned(), login.to_owned()), role.to_owned());
    }

    /// Puts a person into a team of an organization, which exists as soon as somebody is in it.
    pub fn add_to_team(&self, org: &str, team: &str, login: &str) {
        self.state.memory().teams.insert((org.to_owned(), team.to_owned(), login.to_owned()));
    }

    /// The number of a person, who exists as soon as somebody speaks of them.
    pub fn person_id(&self, login: &str) -> i64 {
        person::id_of(login)
    }

    /// The webhook of a push: `before` is `None` for a new branch or tag, `after` is `None` for a deletion.
    ///
    /// # Errors
    /// Fails when there is no such repository or commit.
    pub fn push_webhook(
        &self,
        name: &str,
        git_ref: &GitRef,
        before: Option<&Sha>,
        after: Option<&Sha>,
    ) -> anyhow::Result<Delivery> {
        let repository = self.state.find(name).with_context(|| format!("no repository `{name}` here"))?;
        webhook::push(&self.state, &repository, git_ref, before, after)
    }

    /// The webhook of something that happened to a pull request: `opened`, `synchronize`, `closed` …
    ///
    /// # Errors
    /// Fails when there is no such repository.
    pub fn pull_request_webhook(
        &self,
        name: &str,
        action: &str,
        pull_request: &PullRequest<'_>,
    ) -> anyhow::Result<Delivery> {
        let repository = self.state.find(name).with_context(|| format!("no repository `{name}` here"))?;
        Ok(webhook::pull_request(&self.state, &repository, action, pull_request))
    }

    /// The webhook that GitHub sends when an App is made.
    pub fn ping_webhook(&self) -> Delivery {
        webhook::ping()
    }

    /// Every status that was posted for a commit, oldest first.
    pub fn statuses(&self, sha: &Sha) -> Vec<StatusRecord> {
        self.state.memory().statuses.iter().filter(|status| status.sha == *sha).cloned().collect()
    }

    /// What GitHub shows for a commit: the last status of each context, in the order in which contexts came up.
    pub fn shown_statuses(&self, sha: &Sha) -> Vec<StatusRecord> {
        let mut shown: Vec<StatusRecord> = Vec::new();
        for status in self.statuses(sha) {
            match shown.iter_mut().find(|other| other.context == status.context) {
                Some(older) => *older = status,
                None => shown.push(status),
            }
        }
        shown
    }

    /// The next `count` requests of the API fail.
    pub fn fail_next(&self, count: usize, failure: Failure) {
        self.state.failures.add("", count, failure);
    }

    /// The next `count` requests whose path contains `path` fail; this counts for Git's requests, too.
    pub fn fail_next_at(&self, path: &str, count: usize, failure: Failure) {
        self.state.failures.add(path, count, failure);
    }

    /// How many of these failures have not happened yet.
    pub fn waiting_failures(&self) -> usize {
        self.state.failures.waiting()
    }

    /// Installation tokens that were given out, oldest first.
    pub fn minted_tokens(&self) -> Vec<MintedToken> {
        let memory = self.state.memory();
        memory.token_order.iter().filter_map(|token| memory.tokens.get(token)).cloned().collect()
    }

    /// Requests that reached the API, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state.memory().requests.clone()
    }

    /// Requests of Git clients, oldest first.
    pub fn git_access(&self) -> Vec<GitAccess> {
        self.state.memory().git_access.clone()
    }
}
