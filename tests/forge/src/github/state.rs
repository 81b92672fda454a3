//! What the forge knows.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{Mutex, MutexGuard},
};

use model::project::Sha;
use serde_json::{Value, json};

use crate::{failure::Failures, git::GitRepository, person};

/// The App's id.
pub(super) const APP_ID: u64 = 424_242;
/// The id of its one installation.
pub(super) const INSTALLATION_ID: u64 = 31_337;

/// An installation token that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintedToken {
    /// The token.
    pub token: String,
    /// Full names of the repositories that it is for; all of the installation when empty.
    pub repositories: Vec<String>,
    /// What was asked for: `contents` → `read`. Empty: all that the App has.
    pub permissions: BTreeMap<String, String>,
}

/// One commit status, as it was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRecord {
    /// Full name of the repository.
    pub repository: String,
    /// The commit.
    pub sha: Sha,
    /// `ci/roundhouse: build`.
    pub context: String,
    /// `pending`, `success`, `failure` or `error`.
    pub state: String,
    /// One line for people.
    pub description: Option<String>,
    /// Where it links to.
    pub target_url: Option<String>,
    pub(super) id: i64,
}

/// A request that reached the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// `GET`, `POST` …
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// Status code of the answer.
    pub status: u16,
}

/// A request of a Git client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitAccess {
    /// Full name of the repository.
    pub repository: String,
    /// User name that it came with, if any.
    pub username: Option<String>,
    /// Password that it came with, if any.
    pub password: Option<String>,
    /// Whether it was let in.
    pub allowed: bool,
}

/// A repository.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) private: bool,
    pub(super) git: GitRepository,
}

/// What the forge knows, shared with its HTTP server.
#[derive(Debug)]
pub(super) struct State {
    pub(super) directory: PathBuf,
    pub(super) url: String,
    pub(super) failures: Failures,
    memory: Mutex<Memory>,
}

/// The part that changes.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) tokens: HashMap<String, MintedToken>,
    pub(super) token_order: Vec<String>,
    pub(super) statuses: Vec<StatusRecord>,
    pub(super) requests: Vec<RequestRecord>,
    pub(super) git_access: Vec<GitAccess>,
    pub(super) now_s: Option<i64>,
    /// Organization, slug of the team, login.
    pub(super) teams: BTreeSet<(String, String, String)>,
    /// By full name of the repository and login: `admin`, `write`, `read`.
    pub(super) members: HashMap<(String, String), String>,
}

impl State {
    pub(super) fn new(directory: PathBuf, url: String) -> Self {
        Self { directory, url, failures: Failures::default(), memory: Mutex::default() }
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("nothing panics while it holds the forge's memory")
    }

    /// The time that tokens and JWTs are judged by, in seconds since the epoch.
    pub(super) fn now_s(&self) -> i64 {
        self.memory().now_s.unwrap_or_else(|| jiff::Timestamp::now().as_second())
    }

    pub(super) fn find(&self, name: &str) -> Option<Repository> {
        self.memory().repositories.get(name).cloned()
    }

    /// A repository as the API and webhooks show it.
    pub(super) fn repository_json(&self, repository: &Repository) -> Value {
        let Repository { id, name, private, git: _ } = repository;
        let (org, repo) = name.split_once('/').unwrap_or(("", name));
        let (web, api) = (format!("{}/{name}", self.url), format!("{}/api/v3/repos/{name}", self.url));
        json!({
            "id": id,
            "node_id": format!("R_{id}"),
            "name": repo,
            "full_name": name,
            "private": private,
            "owner": account(&self.url, org, "Organization"),
            "html_url": web,
            "description": null,
            "fork": false,
            "url": api,
            "contents_url": format!("{api}/contents/{{+path}}"),
            "statuses_url": format!("{api}/statuses/{{sha}}"),
            "git_url": format!("git://{}/{name}.git", self.url.trim_start_matches("http://")),
            "ssh_url": format!("git@{}:{name}.git", self.url.trim_start_matches("http://")),
            "clone_url": format!("{web}.git"),
            "svn_url": web,
            "homepage": null,
            "size": 1,
            "stargazers_count": 0,
            "watchers_count": 0,
            "language": null,
            "forks_count": 0,
            "archived": false,
            "disabled": false,
            "open_issues_count": 0,
            "license": null,
            "visibility": if *private { "private" } else { "public" },
            "forks": 0,
            "open_issues": 0,
            "watchers": 0,
            "default_branch": "main",
            "pushed_at": "2026-01-01T10:00:00Z",
            "created_at": "2026-01-01T09:00:00Z",
            "updated_at": "2026-01-01T10:00:00Z"
        })
    }
}

/// A user or an organization.
pub(super) fn account(url: &str, login: &str, kind: &str) -> Value {
    let id = person::id_of(login);
    let api = format!("{url}/api/v3/users/{login}");
    json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("{url}/avatars/{login}"),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{url}/{login}"),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": kind,
        "site_admin": false
    })
}
