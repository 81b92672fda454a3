//! Pages that cannot be shown, and why.

use askama::Template;
use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{
    HeaderMap, Method, StatusCode, Uri,
    header::{HOST, REFERER},
};
use tracing::error;

use super::{address, why};
use crate::http::{
    auth::Denied,
    page::{Area, Frame, Theme, render},
    viewer::Viewer,
};

/// Why there is no page.
#[derive(Clone, Debug)]
pub enum PageError {
    /// There is no such thing. The text is a sentence that says what is missing.
    NotFound(String),
    /// What somebody filled in cannot be taken. The text is a fragment that says why.
    Invalid(String),
    /// What was asked for cannot be done as things stand. The text is a fragment that says why.
    Conflict(String),
    /// The reader may not see it.
    Denied(Denied),
    /// We failed. The text is in the log; the reader gets the promise that it is.
    Internal,
}

impl From<store::Error> for PageError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound(what) => Self::NotFound(format!("The {what} does not exist.")),
            store::Error::Conflict(_) | store::Error::Db(_) => {
                error!("A page could not be loaded: {error}");
                Self::Internal
            }
        }
    }
}

impl From<Denied> for PageError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl PageError {
    /// There is no page at this address.
    pub fn nowhere() -> Self {
        Self::NotFound("There is no page at this address.".to_owned())
    }
}

impl IntoResponse for PageError {
    /// Carries the error on to [`explain`], which knows who asked.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: &'static str,
    sentence: String,
    path: String,
    lost: bool,
    /// The page that the reader comes from, when it is one of ours: what a form was filled with is still there.
    back: Option<String>,
}

/// The page that a request comes from, when it is one of this server.
fn back(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let from: Uri = text(REFERER)?.parse().ok()?;
    // Two slashes would begin the address of another host.
    let is_ours = from.authority()?.as_str() == text(HOST)? && !from.path().starts_with("//");
    is_ours.then(|| from.path().to_owned())
}

/// Makes the page of an error.
pub async fn explain(theme: Theme, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str()).to_owned();
    let is_page = request.method() == Method::GET;
    let back = back(request.headers()).filter(|_| !is_page);
    let response = next.run(request).await;
    if let Some(denied) = response.extensions().get::<Denied>() {
        return match denied {
            Denied::Unknown if is_page => {
                Redirect::to(&format!("/login?to={}", address::encode(&asked))).into_response()
            }
            denied => {
                let frame = Frame::new("Not allowed", Area::Nowhere, Viewer::unasked(theme));
                let sentence = denied.sentence();
                render(denied.status(), &ErrorPage { frame, title: denied.title(), sentence, path, lost: false, back })
            }
        };
    }
    let (status, title, sentence) = match response.extensions().get::<PageError>().cloned() {
        // An address whose parts cannot be read never reaches a handler.
        None if response.status() == StatusCode::BAD_REQUEST => (
            StatusCode::BAD_REQUEST,
            "This address is not understood",
            "A part of it is not what it should be: an id, a number, a state.".to_owned(),
        ),
        None => return response,
        Some(PageError::NotFound(sentence)) => (StatusCode::NOT_FOUND, "No track leads here", sentence),
        Some(PageError::Invalid(why)) => (StatusCode::BAD_REQUEST, "This cannot be taken", why::sentence(&why)),
        Some(PageError::Conflict(why)) => (StatusCode::CONFLICT, "This cannot be done now", why::sentence(&why)),
        Some(PageError::Denied(denied)) => (denied.status(), denied.title(), denied.sentence()),
        Some(PageError::Internal) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something broke here",
            "The server could not make this page. Its log says why; trying again may help.".to_owned(),
        ),
    };
    let frame = Frame::new(title, Area::Nowhere, Viewer::unasked(theme));
    render(status, &ErrorPage { frame, title, sentence, path, lost: is_page && status.is_client_error(), back })
}
