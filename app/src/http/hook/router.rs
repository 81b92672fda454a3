//! The routes of all forges' webhooks.

use axum::{Router, routing::post};

use super::{
    custom::{self, CustomHookState},
    github, gitlab,
    state::HookState,
};

/// The routes of all forges' webhooks.
pub fn router(state: HookState) -> Router {
    Router::new()
        .route("/hooks/github", post(github::receive))
        .route("/hooks/gitlab", post(gitlab::receive))
        .with_state(state)
}

/// The route of custom webhooks.
pub fn custom_router(state: CustomHookState) -> Router {
    Router::new().route("/hooks/custom/{id}", post(custom::receive)).with_state(state)
}

#[cfg(test)]
mod tests;
