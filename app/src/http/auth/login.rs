//! Logging in and out of the dashboard.

use askama::Template;
use axum::{
    Form, Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, Uri, header::SET_COOKIE};
use serde::Deserialize;

use super::{
    Actor, AuthState, Denied, Visitor, credentials,
    operator::host,
    origin::{Origin, origin},
    session, token,
};
use crate::http::{
    page::{Area, Frame, Theme, render},
    viewer::Viewer,
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    host: String,
    to: String,
    wrong: bool,
    login: Option<String>,
    /// Nobody has to log in at the server's own machine, and nobody can log out there.
    operator: bool,
    open: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
struct Entry {
    token: String,
    #[serde(default)]
    to: String,
}

/// `/login` and `/logout`.
pub fn router(auth: AuthState) -> Router {
    Router::new().route("/login", get(show).post(enter)).route("/logout", post(leave)).with_state(auth)
}

/// `GET /login`.
async fn show(
    State(auth): State<AuthState>,
    Visitor(actor): Visitor,
    Query(Wish { to }): Query<Wish>,
    theme: Theme,
) -> Response {
    let operator = actor == Some(Actor::Operator);
    let login = actor.map(|actor| actor.login().to_owned());
    page(&auth, theme, StatusCode::OK, Ask { to: ours(&to), wrong: false, login, operator })
}

/// `POST /login`: an API token opens a session.
async fn enter(
    State(auth): State<AuthState>,
    uri: Uri,
    headers: HeaderMap,
    theme: Theme,
    Form(Entry { token, to }): Form<Entry>,
) -> Result<Response, Denied> {
    refuse_foreign(&auth, &headers, &uri)?;
    let to = ours(&to);
    match token::find(&auth, token.trim()).await? {
        Some((id, user)) => {
            let cookie = session::open(&auth, &user, Some(id)).await?;
            Ok(([(SET_COOKIE, cookie)], Redirect::to(to)).into_response())
        }
        None => Ok(page(&auth, theme, StatusCode::UNAUTHORIZED, Ask { to, wrong: true, login: None, operator: false })),
    }
}

/// `POST /logout`.
async fn leave(State(auth): State<AuthState>, uri: Uri, headers: HeaderMap) -> Result<Response, Denied> {
    refuse_foreign(&auth, &headers, &uri)?;
    let cookie = session::end(&auth, credentials::cookie(&headers)).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

struct Ask<'a> {
    to: &'a str,
    wrong: bool,
    login: Option<String>,
    operator: bool,
}

fn page(auth: &AuthState, theme: Theme, status: StatusCode, ask: Ask<'_>) -> Response {
    let Ask { to, wrong, login, operator } = ask;
    let page = LoginPage {
        frame: Frame::new("Log in", Area::Nowhere, Viewer::unasked(theme)),
        host: auth.rules.authority.clone(),
        to: to.to_owned(),
        wrong,
        login,
        operator,
        open: !auth.rules.login_to_read,
    };
    render(status, &page)
}

/// Nobody is logged in or out by a page elsewhere.
fn refuse_foreign(auth: &AuthState, headers: &HeaderMap, uri: &Uri) -> Result<(), Denied> {
    match origin(headers, &[&auth.rules.authority, host(headers, uri).unwrap_or_default()]) {
        Origin::Ours | Origin::Untold => Ok(()),
        Origin::Foreign => Err(Denied::Foreign),
    }
}

/// An address on this server; the first page for any other.
fn ours(to: &str) -> &str {
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
    if is_path && to.bytes().all(|byte| byte.is_ascii_graphic()) { to } else { "/pipelines" }
}
