//! What every page has: its frame, and the headers that keep what it shows from acting.

use std::fmt;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    request::Parts,
};
use tracing::error;

use super::{assets, viewer::Viewer};

/// No script, style or address but our own; nothing inline, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Text that is HTML already. Everything else is escaped by the templates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Vouches for it: every part that came from outside has been escaped.
    pub const fn trusted(html: String) -> Self {
        Self(html)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// Adds text to HTML.
pub fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            character => html.push(character),
        }
    }
}

/// Light or dark, as the reader chose; without a choice the system decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The system's.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As the cookie says.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        match pairs.find(|(name, _)| *name == "theme") {
            Some((_, "light")) => Self::Light,
            Some((_, "dark")) => Self::Dark,
            _ => Self::System,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Theme {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_headers(&parts.headers))
    }
}

/// The areas of the top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Pipelines, workflows, jobs.
    Pipelines,
    /// What waits and runs, and what is held back.
    Queue,
    /// Who carries it out.
    Runners,
    /// Variables that projects share.
    Contexts,
    /// What the forges sent.
    Deliveries,
    /// How to connect a forge.
    Setup,
    /// None of them.
    Nowhere,
}

/// The frame of a page: what `base.html` needs.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Of the window.
    pub title: String,
    /// Which area is marked.
    pub area: Area,
    /// Who looks at it.
    pub viewer: Viewer,
    /// Address of the stream that tells of changes, for pages that are live.
    pub events: Option<String>,
}

impl Frame {
    /// A page that does not change by itself.
    pub fn new(title: impl Into<String>, area: Area, viewer: Viewer) -> Self {
        Self { title: title.into(), area, viewer, events: None }
    }

    /// The value of `data-theme`, where there is one.
    pub const fn theme_name(&self) -> Option<&'static str> {
        match self.viewer.theme {
            Theme::System => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        }
    }

    /// The areas of the top bar, with their addresses and names.
    pub const fn areas(&self) -> &'static [(Area, &'static str, &'static str)] {
        &[
            (Area::Pipelines, "/pipelines", "Pipelines"),
            (Area::Queue, "/queue", "Queue"),
            (Area::Runners, "/runners", "Runners"),
            (Area::Contexts, "/contexts", "Contexts"),
            (Area::Deliveries, "/deliveries", "Deliveries"),
            (Area::Setup, "/setup", "Setup"),
        ]
    }

    /// Whether an area is the current one.
    pub fn is_in(&self, area: &Area) -> bool {
        self.area == *area
    }

    /// Address of an asset, by its name.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// A template as an answer. A page tells of now: nothing keeps a copy of it.
pub fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache, private")];
            (status, headers, html).into_response()
        }
        Err(error) => {
            error!("A page could not be rendered: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, "this page could not be rendered; the server's log says why\n")
                .into_response()
        }
    }
}

/// Adds the headers that every answer to a browser carries.
pub async fn secure(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in HEADERS {
        // What a job stored is shown under a stricter policy of its own.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
