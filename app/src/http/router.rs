//! All doors in one router.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{Request, Uri, uri::PathAndQuery};
use store::Store;
use tokio_util::sync::CancellationToken;
use tower::util::MapRequest;
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};
use tracing::{Span, debug_span};

use super::{
    api,
    auth::{AuthState, Rules},
    health, hook, oidc, runner, web,
};
use crate::{
    blob::Blobs,
    clock::Clock,
    dispatch::{Dispatch, JobData},
    log::Logs,
    secret::{OidcKeys, Vault},
    vcs::{ForgeSettings, Forges},
};

/// What the doors lead to.
#[derive(Debug)]
pub struct Doors {
    /// The rows.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The logs of steps.
    pub logs: Logs,
    /// Gives work to runners and takes their reports.
    pub dispatch: Dispatch,
    /// Takes and gives what jobs keep.
    pub data: JobData,
    /// The bytes of artifacts.
    pub blobs: Blobs,
    /// Seals values.
    pub vault: Vault,
    /// Signs tokens of jobs.
    pub oidc_keys: OidcKeys,
    /// The forges' settings: secrets of webhooks, and what the setup page tells.
    pub forge_settings: ForgeSettings,
    /// The forges themselves: they tell what people may do.
    pub forges: Arc<Forges>,
    /// Who is let in, and how.
    pub rules: Rules,
    /// Tasks at a time of the runner in this process; `None`: it has none.
    pub runner_capacity: Option<usize>,
    /// Ends live streams and waiting claims.
    pub stop: CancellationToken,
}

/// Every address that this server answers at.
pub fn router(doors: Doors) -> Router {
    let Doors {
        store,
        clock,
        logs,
        dispatch,
        data,
        blobs,
        vault,
        oidc_keys,
        forge_settings,
        forges,
        rules,
        runner_capacity,
        stop,
    } = doors;
    let ForgeSettings { github, gitlab } = &forge_settings;
    let gitlab = gitlab.as_ref();
    let auth = AuthState::new(store.clone(), clock.clone(), forges, rules);
    let hooks = hook::HookState::new(
        store.inbox().clone(),
        clock.clone(),
        github.webhook_secret.as_ref(),
        gitlab.and_then(|gitlab| gitlab.webhook_secret.as_ref()),
    );
    let setup = web::Setup {
        github_url: github.url.clone(),
        github_app: github.app.as_ref().map(|(id, _)| *id),
        github_secret: github.webhook_secret.is_some(),
        gitlab_url: gitlab.map(|gitlab| gitlab.url.clone()),
        gitlab_token: gitlab.is_some_and(|gitlab| gitlab.token.is_some()),
        gitlab_secret: gitlab.is_some_and(|gitlab| gitlab.webhook_secret.is_some()),
        runner_capacity,
    };
    let api = api::ApiState {
        auth: auth.clone(),
        store: store.clone(),
        clock: clock.clone(),
        public_url: store.options().public_url.clone(),
        queue: dispatch.queue(),
        vault: vault.clone(),
    };
    let web = web::WebState {
        auth,
        store: store.clone(),
        logs: logs.clone(),
        blobs,
        vault,
        counts: web::LineCounts::default(),
        queue: dispatch.queue(),
        clock: clock.clone(),
        setup: setup.into(),
        stop,
    };
    let doors = Router::new()
        .merge(hook::router(hooks))
        .merge(hook::custom_router(hook::CustomHookState::new(store.clone(), clock.clone())))
        .merge(health::router(store.clone(), clock.clone()))
        .merge(oidc::router(oidc_keys, store.options().public_url.clone()))
        .nest("/api/runner/v1", runner::router(runner::RunnerState { clock, dispatch, logs, data }))
        .merge(api::router(&api))
        .merge(web::router(web))
        // A handler that panics answers 500 and hurts nobody else.
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span));
    // An address is brought into its one form before a route is looked for.
    Router::new().fallback_service(MapRequest::new(doors, in_one_form))
}

/// The API's clients write its addresses in several forms.
fn in_one_form(mut request: Request<Body>) -> Request<Body> {
    let uri = request.uri();
    let Some(path) = api::canonical(uri.path()) else { return request };
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    // Both are made of parts of an address that was one.
    if let Ok(path_and_query) = path_and_query {
        parts.path_and_query = Some(path_and_query);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// A request in the log: its path alone, for what follows a `?` may be a secret.
fn span(request: &Request<Body>) -> Span {
    debug_span!("request", method = %request.method(), path = request.uri().path())
}
