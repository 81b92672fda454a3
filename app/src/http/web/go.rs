//! `GET /go?q=`: from the top bar to a project, a pipeline by its number, or a branch.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{WebState, address, error::PageError};
use crate::http::auth::Visitor;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Wish {
    #[serde(default)]
    q: String,
}

/// Leads on.
pub async fn go(
    State(state): State<WebState>,
    Query(Wish { q }): Query<Wish>,
    Visitor(actor): Visitor,
) -> Result<Response, PageError> {
    let db = state.store.read();
    let wish = q.trim();
    let to = |address: String| Ok(Redirect::to(&address).into_response());
    if wish.is_empty() {
        return to("/pipelines".to_owned());
    }
    let mut projects = store::project::list(db).await?;
    let readable = state.auth.readable(actor.as_ref(), projects.iter().map(|project| project.id)).await?;
    projects.retain(|project| readable.has(project.id));
    let lower = wish.to_lowercase();
    if let Some(project) = projects
        .iter()
        .find(|project| [project.slug.repo.to_lowercase(), project.slug.full_name().to_lowercase()].contains(&lower))
    {
        return to(address::project(&project.slug));
    }
    // `#42`, `42`, `api 42`, `acme/api#42`.
    let (name, number) = wish.rsplit_once(['#', ' ']).unwrap_or(("", wish));
    if let Ok(number) = number.parse::<u64>() {
        let mut newest = None;
        for project in &projects {
            let named = name.trim().is_empty()
                || [project.slug.repo.clone(), project.slug.full_name()].contains(&name.trim().to_owned());
            if named && let Some(pipeline) = store::pipeline::find_by_number(db, project.id, number).await? {
                newest = newest.max(Some((pipeline.id, address::pipeline(&project.slug, number))));
            }
        }
        if let Some((_, address)) = newest {
            return to(address);
        }
    }
    to(format!("/pipelines?branch={}", address::encode(wish)))
}
