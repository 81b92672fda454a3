//! What the handlers of pages need.

use std::sync::Arc;

use axum::extract::FromRef;
use model::time::Timestamp;
use store::Store;
use tokio_util::sync::CancellationToken;

use super::log::LineCounts;
use crate::{blob::Blobs, clock::Clock, dispatch::Queue, http::auth::AuthState, log::Logs, secret::Vault};

/// What the handlers of pages need. Clones share it.
#[derive(Clone, Debug)]
pub struct WebState {
    /// Who asks.
    pub auth: AuthState,
    /// The rows.
    pub store: Store,
    /// The logs.
    pub logs: Logs,
    /// The bytes of artifacts.
    pub blobs: Blobs,
    /// How many lines come before places in long logs.
    pub counts: LineCounts,
    /// Seals values that people hand in, and tells their last characters.
    pub vault: Vault,
    /// Why jobs wait.
    pub queue: Queue,
    /// The time.
    pub clock: Clock,
    /// What is configured, without any secret.
    pub setup: Arc<Setup>,
    /// Ends the streams when the server stops.
    pub stop: CancellationToken,
}

impl FromRef<WebState> for AuthState {
    fn from_ref(state: &WebState) -> Self {
        state.auth.clone()
    }
}

impl WebState {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// What the setup page tells of the settings. There is no secret in it.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Address of GitHub for people.
    pub github_url: String,
    /// The GitHub App's id, when it has one and a private key.
    pub github_app: Option<u64>,
    /// Whether GitHub's webhooks can be verified.
    pub github_secret: bool,
    /// Address of GitLab, when there is one.
    pub gitlab_url: Option<String>,
    /// Whether GitLab can be asked.
    pub gitlab_token: bool,
    /// Whether GitLab's webhooks can be verified.
    pub gitlab_secret: bool,
    /// Tasks at a time of the runner in this process; `None`: it has none.
    pub runner_capacity: Option<usize>,
}
