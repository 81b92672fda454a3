//! How to connect a forge: what is configured, and what is missing.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{Setup, WebState, error::PageError};
use crate::http::{
    page::{Area, Frame, render},
    viewer::Viewer,
};

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    frame: Frame,
    setup: Setup,
    url: String,
    local: bool,
    projects: usize,
    runners: Vec<String>,
    github_new_app: String,
}

impl SetupPage {
    /// GitHub can be asked, and its webhooks can be verified.
    fn github_done(&self) -> bool {
        self.setup.github_app.is_some() && self.setup.github_secret
    }

    /// GitLab can be asked, and its webhooks can be verified.
    fn gitlab_done(&self) -> bool {
        self.setup.gitlab_url.is_some() && self.setup.gitlab_token && self.setup.gitlab_secret
    }
}

/// `GET /setup`.
pub async fn page(State(state): State<WebState>, viewer: Viewer) -> Result<Response, PageError> {
    let db = state.store.read();
    let url = state.store.options().public_url.clone();
    let runners = store::runner::list(db).await?;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let page = SetupPage {
        frame: Frame::new("Setup", Area::Setup, viewer),
        local: ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local)),
        projects: store::project::list(db).await?.len(),
        runners: runners.into_iter().map(|runner| runner.name).collect(),
        github_new_app: format!("{}/settings/apps/new", state.setup.github_url),
        setup: state.setup.as_ref().clone(),
        url,
    };
    Ok(render(StatusCode::OK, &page))
}
