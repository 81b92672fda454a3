//! The routes of all forges' webhooks.

use axum::{Router, routing::post};

use super::{github, gitlab, state::HookState};

/// The routes of all forges' webhooks.
pub fn router(state: HookState) -> Router {
    Router::new()
        .route("/hooks/github", post(github::receive))
        .route("/hooks/gitlab", post(gitlab::receive))
        .with_state(state)
}

#[cfg(test)]
mod tests;
