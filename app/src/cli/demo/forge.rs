//! The forge's side: a repository, and two addresses by which `roundhouse demo` reaches it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{Path as UrlPath, State},
    http::StatusCode,
    routing::{get, post},
};
use fake_forge::FakeGitHub;
use model::project::{GitRef, Sha};
use serde::{Deserialize, Serialize};

/// Full name of the demo's repository.
const REPOSITORY: &str = "demo/greeting-card";

/// What is in it.
const FILES: &[(&str, &str)] = &[
    (".circleci/config.yml", include_str!("../../../demo/.circleci/config.yml")),
    ("README.md", include_str!("../../../demo/README.md")),
    ("build.sh", include_str!("../../../demo/build.sh")),
    ("tests/unit.sh", include_str!("../../../demo/tests/unit.sh")),
    ("tests/slow.sh", include_str!("../../../demo/tests/slow.sh")),
];

/// A forge with one repository.
#[derive(Clone, Debug)]
pub struct DemoForge {
    github: Arc<FakeGitHub>,
}

/// What a push came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pushed {
    /// The commit.
    pub sha: Sha,
    /// The status code with which the server answered the webhook.
    pub answer: u16,
}

/// A commit status, as the forge has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownStatus {
    /// `ci/roundhouse: build`.
    pub context: String,
    /// `pending`, `success`, `failure` or `error`.
    pub state: String,
    /// One line for people.
    pub description: String,
    /// Where it links to.
    pub target_url: String,
}

impl DemoForge {
    /// Starts the forge on a free loopback port, with its repository in the data directory.
    ///
    /// # Errors
    /// Fails without Git, or when the directory cannot be written.
    pub async fn start(data_dir: &Path) -> anyhow::Result<Self> {
        let directory = data_dir.join("demo");
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("failed to make the demo's directory `{}`", directory.display()))?;
        let github = FakeGitHub::start_at(&directory, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .context("failed to start the demo's forge")?;
        github.create_private_repo(REPOSITORY).context("failed to make the demo's repository")?;
        Ok(Self { github: Arc::new(github) })
    }

    /// The settings with which a server sees it as GitHub: flag and value.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("github-url", self.github.url()),
            ("github-api-url", self.github.api_url()),
            ("github-app-id", self.github.app_id().to_string()),
            ("github-private-key", self.github.private_key_pem().to_owned()),
            ("github-webhook-secret", self.github.webhook_secret().to_owned()),
        ]
    }

    /// What `roundhouse demo` calls. `server` is where webhooks go.
    pub fn router(&self, server: String) -> Router {
        let state = DemoState { forge: self.clone(), server };
        Router::new()
            .route("/demo/push", post(push))
            .route("/demo/statuses/{sha}", get(statuses))
            .with_state(Arc::new(state))
    }
}

struct DemoState {
    forge: DemoForge,
    server: String,
}

type Refused = (StatusCode, String);

async fn push(State(state): State<Arc<DemoState>>) -> Result<Json<Pushed>, Refused> {
    let refused = |error: anyhow::Error| (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"));
    let github = &state.forge.github;
    let before = github.git(REPOSITORY).and_then(|git| git.find("refs/heads/main")).map_err(refused)?;
    let subject = match before {
        None => "Send a greeting card",
        Some(_) => "Send another greeting card",
    };
    let sha = github.commit(REPOSITORY, "main", FILES, subject).map_err(refused)?;
    let delivery = github
        .push_webhook(REPOSITORY, &GitRef::Branch("main".to_owned()), before.as_ref(), Some(&sha))
        .map_err(refused)?;
    let (answer, _) = delivery.send(&state.server).await.map_err(refused)?;
    Ok(Json(Pushed { sha, answer }))
}

async fn statuses(
    State(state): State<Arc<DemoState>>,
    UrlPath(sha): UrlPath<String>,
) -> Result<Json<Vec<ShownStatus>>, Refused> {
    let sha: Sha = sha.parse().map_err(|error| (StatusCode::BAD_REQUEST, format!("{error}")))?;
    let shown = state.forge.github.shown_statuses(&sha).into_iter().map(|status| ShownStatus {
        context: status.context,
        state: status.state,
        description: status.description.unwrap_or_default(),
        target_url: status.target_url.unwrap_or_default(),
    });
    Ok(Json(shown.collect()))
}
