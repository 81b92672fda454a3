//! `POST /hooks/{forge}`: webhooks. The order is fixed: size, body, signature, then one durable row, then the answer.
//!
//! Nothing of an unsigned body is stored or parsed; what a body means is found out later, by the trigger stage.

mod answer;
mod body;
mod github;
mod gitlab;
mod state;

use axum::{Router, routing::post};

pub use state::HookState;

/// The routes of all forges' webhooks.
pub fn router(state: HookState) -> Router {
    Router::new()
        .route("/hooks/github", post(github::receive))
        .route("/hooks/gitlab", post(gitlab::receive))
        .with_state(state)
}

#[cfg(test)]
mod tests;
