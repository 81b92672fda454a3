//! Liveness, readiness, and what Prometheus scrapes.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use store::Store;

use crate::clock::Clock;

#[derive(Clone)]
struct HealthState {
    store: Store,
    clock: Clock,
}

/// `/healthz`, `/readyz`, `/metrics`.
pub fn router(store: Store, clock: Clock) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(HealthState { store, clock })
}

/// Ready is who can read the rows.
async fn ready(State(state): State<HealthState>) -> Response {
    match store::task::count_queued(state.store.read()).await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the database cannot be read: {error}\n")).into_response()
        }
    }
}

/// Read from the rows at the time of the scrape: nothing is counted twice, nothing is lost by a restart.
async fn metrics(State(state): State<HealthState>) -> Response {
    match gather(&state).await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the database cannot be read: {error}\n")).into_response()
        }
    }
}

async fn gather(state: &HealthState) -> store::Result<String> {
    let now = state.clock.now();
    let age_s = |at: Option<model::time::Timestamp>| at.map_or(0, |at| now.millis_since(at).max(0) / 1000);
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: String| {
        text += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    };
    let read = state.store.read();
    gauge(
        "roundhouse_tasks_queued",
        "Tasks that wait for a runner.",
        store::task::count_queued(read).await?.to_string(),
    );
    gauge(
        "roundhouse_tasks_running",
        "Tasks that runners have.",
        store::task::list_running(read).await?.len().to_string(),
    );
    gauge(
        "roundhouse_delivery_overdue_seconds",
        "How long the oldest webhook that is due has waited.",
        age_s(store::delivery::next_due_at(read).await?).to_string(),
    );
    gauge(
        "roundhouse_commit_status_overdue_seconds",
        "How long the oldest commit status that is due has waited.",
        age_s(store::status::next_due_at(read).await?).to_string(),
    );
    gauge(
        "roundhouse_pipeline_overdue_seconds",
        "How long the oldest pipeline has waited to be compiled.",
        age_s(store::pipeline::next_pending_at(read).await?).to_string(),
    );
    Ok(text)
}
