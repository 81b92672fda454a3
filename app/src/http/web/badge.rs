//! The state of a branch, as a picture for a README.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use model::{
    pipeline::PipelineState,
    project::{ProjectSlug, Vcs},
    workflow::WorkflowStatus,
};
use store::pipeline::{OfProjects, PipelineFilter};

use super::{WebState, error::PageError};

#[derive(Template)]
#[template(path = "badge.svg", escape = "html")]
struct Badge {
    text: &'static str,
    class: &'static str,
    width: usize,
}

/// `GET /gh/{org}/{repo}.svg` and `…/{repo}/tree/{branch}.svg`.
pub async fn github(State(state): State<WebState>, Path(path): Path<String>) -> Result<Response, PageError> {
    badge(&state, Vcs::GitHub, &path).await
}

/// `GET /gl/{org…}/{repo}.svg` and `…/{repo}/tree/{branch}.svg`.
pub async fn gitlab(State(state): State<WebState>, Path(path): Path<String>) -> Result<Response, PageError> {
    badge(&state, Vcs::GitLab, &path).await
}

async fn badge(state: &WebState, vcs: Vcs, path: &str) -> Result<Response, PageError> {
    let path = path.strip_suffix(".svg").ok_or_else(PageError::nowhere)?;
    let (name, branch) = match path.split_once("/tree/") {
        Some((name, branch)) => (name, Some(branch.to_owned())),
        None => (path, None),
    };
    let slug = ProjectSlug::from_full_name(vcs, name).map_err(|_| PageError::nowhere())?;
    let db = state.store.read();
    let found = match store::project::find_by_slug(db, &slug).await? {
        // A private project's state is nobody's business who may not see it, and whoever shows a badge cannot log in.
        Some(project) if !project.private => {
            let branch = branch.unwrap_or(project.default_branch);
            let filter = PipelineFilter { of: OfProjects::One(project.id), branch: Some(branch), before: None };
            status(state, &filter).await?
        }
        Some(_) | None => None,
    };
    let (text, class) = found.unwrap_or(("unknown", "m"));
    let badge = Badge { text, class, width: 14 + text.len() * 7 };
    let svg = badge.render().map_err(|_| PageError::Internal)?;
    let headers = [(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-cache, max-age=0")];
    Ok((StatusCode::OK, headers, svg).into_response())
}

/// The state of the newest pipeline that has one to tell.
async fn status(state: &WebState, filter: &PipelineFilter) -> Result<Option<(&'static str, &'static str)>, PageError> {
    let db = state.store.read();
    for pipeline in store::pipeline::list(db, filter, 20).await? {
        match pipeline.state {
            PipelineState::Errored => return Ok(Some(("config error", "bad"))),
            PipelineState::Pending | PipelineState::SetupPending | PipelineState::Setup => {}
            PipelineState::Created => {
                let workflows = store::overview::list_workflows(db, &[pipeline.id]).await?;
                let all: Vec<WorkflowStatus> = workflows.iter().map(|workflow| workflow.status).collect();
                if let Some(word) = word(&all) {
                    return Ok(Some(word));
                }
            }
        }
    }
    Ok(None)
}

/// The worst of several workflows; `None` when none of them has run or all may yet end well.
fn word(all: &[WorkflowStatus]) -> Option<(&'static str, &'static str)> {
    let any = |status: &[WorkflowStatus]| all.iter().any(|one| status.contains(one));
    if any(&[WorkflowStatus::Failed, WorkflowStatus::Failing, WorkflowStatus::Unauthorized]) {
        Some(("failing", "bad"))
    } else if any(&[WorkflowStatus::Error]) {
        Some(("error", "m"))
    } else if any(&[WorkflowStatus::Canceled]) {
        Some(("canceled", "m"))
    } else if any(&[WorkflowStatus::OnHold]) {
        Some(("on hold", "hold"))
    } else if any(&[WorkflowStatus::Success]) && !any(&[WorkflowStatus::Running]) {
        Some(("passing", "ok"))
    } else {
        None
    }
}
