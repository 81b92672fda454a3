//! Runners: who is there, and removing one that is gone.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{ApiState, encode::RunnerBody, error::Result, page::Page};

/// `GET /runner`: all, by name.
pub(super) async fn list(State(state): State<ApiState>) -> Result<Json<Page<RunnerBody>>> {
    let db = state.store.read();
    let running = store::overview::list_running(db).await?;
    let bodies = store::runner::list(db).await?.into_iter().map(|runner| {
        let own = running.iter().filter(|task| task.runner_id == runner.id).count();
        RunnerBody::new(runner, own, state.now())
    });
    Ok(Page::whole(bodies.collect()))
}

/// `DELETE /runner/{name}`: one that is online, or has a task, stays.
pub(super) async fn remove(State(state): State<ApiState>, Path(name): Path<String>) -> Result<Json<Value>> {
    let mut tx = state.store.begin().await?;
    store::runner::remove(&mut tx, &name, state.now()).await?;
    tx.commit().await?;
    Ok(Json(json!({ "message": "Removed. If it comes again, it is a new one." })))
}
