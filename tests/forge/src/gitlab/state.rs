//! What the forge knows.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, MutexGuard},
};

use axum::http::HeaderMap;
use model::project::Sha;
use serde_json::{Value, json};

use crate::{failure::Failures, git::GitRepository, github::RequestRecord, person};

/// The access token that the API and Git take.
pub(super) const TOKEN: &str = "glpat-fake-token-of-the-tests";

/// One commit status as it stands. GitLab keeps a row for each name until it has ended; then a new one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRecord {
    /// `group/project`.
    pub project: String,
    /// The commit.
    pub sha: Sha,
    /// `ci/roundhouse: build`.
    pub name: String,
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// `pending`, `running`, `success`, `failed`, `canceled` or `skipped`.
    pub status: String,
    /// One line for people.
    pub description: Option<String>,
    /// Where it links to.
    pub target_url: Option<String>,
    /// Every state that it went through.
    pub history: Vec<String>,
    pub(super) id: i64,
}

/// A project.
#[derive(Clone, Debug)]
pub(super) struct Project {
    pub(super) id: i64,
    pub(super) path: String,
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
    pub(super) projects: BTreeMap<String, Project>,
    pub(super) statuses: Vec<StatusRecord>,
    pub(super) requests: Vec<RequestRecord>,
    /// Access levels by path of the project and number of the person.
    pub(super) members: BTreeMap<(String, i64), i64>,
    /// Access levels by full path of the group and number of the person.
    pub(super) group_members: BTreeMap<(String, i64), i64>,
}

impl State {
    pub(super) fn new(directory: PathBuf, url: String) -> Self {
        Self { directory, url, failures: Failures::default(), memory: Mutex::default() }
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("nothing panics while it holds the forge's memory")
    }

    /// By path (`group/project`) or by number, as the API takes them.
    pub(super) fn find(&self, id: &str) -> Option<Project> {
        let memory = self.memory();
        memory.projects.values().find(|project| project.path == id || project.id.to_string() == id).cloned()
    }

    /// A project as the API shows it.
    pub(super) fn project_json(&self, project: &Project) -> Value {
        let Project { id, path, private, git: _ } = project;
        let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
        let web = format!("{}/{path}", self.url);
        json!({
            "id": id,
            "description": null,
            "name": name,
            "name_with_namespace": path.replace('/', " / "),
            "path": name,
            "path_with_namespace": path,
            "created_at": "2026-01-01T09:00:00.000Z",
            "default_branch": "main",
            "ssh_url_to_repo": format!("git@gitlab.example:{path}.git"),
            "http_url_to_repo": format!("{web}.git"),
            "web_url": web,
            "visibility": if *private { "private" } else { "public" },
            "namespace": {
                "id": person::stable_id(group), "name": group, "path": group, "kind": "group", "full_path": group
            }
        })
    }
}

/// Whether a request carries the access token.
pub(super) fn is_authorized(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("private-token") == Some(TOKEN)
        || text("authorization").and_then(|value| value.strip_prefix("Bearer ")) == Some(TOKEN)
}
