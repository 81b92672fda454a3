//! Why a request is not carried out.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use model::{permission::Permission, project::ProjectSlug};
use serde_json::json;
use tracing::error;

/// Why a request is not carried out. Answers are JSON; the dashboard makes pages of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody is known (401).
    #[error("log in first: send an API token as `Circle-Token` or `Authorization: Bearer` header")]
    Unknown,
    /// A token that opens nothing (401).
    #[error("the API token is not valid here: it was revoked, or belongs to another server")]
    BadToken,
    /// A page of somebody else asks in the name of a person (403).
    #[error("the request comes from a page of another server, or does not tell where it comes from")]
    Foreign,
    /// The person may not (403).
    #[error("`{login}` may not do this: it needs {} access to `{project}`, and {}", need.name(), gives(*has))]
    NotAllowed {
        /// Who.
        login: String,
        /// The project.
        project: ProjectSlug,
        /// The right that it takes.
        need: Permission,
        /// The right that they have.
        has: Permission,
    },
    /// Only administrators may (403).
    #[error("`{0}` may not do this: only administrators of this server may")]
    NotAdministrator(String),
    /// Whether there is such a thing is nobody's business (404).
    #[error("{0} does not exist")]
    Hidden(String),
    /// The forge cannot tell what the person may do (503).
    #[error("{0}")]
    Untold(String),
    /// Our own fault (500). The log has the cause.
    #[error("internal error; the server's log has the cause")]
    Internal,
}

fn gives(level: Permission) -> String {
    match level {
        Permission::None => "the forge gives none".to_owned(),
        Permission::Read | Permission::Write | Permission::Admin => format!("the forge gives only {}", level.name()),
    }
}

impl From<store::Error> for Denied {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound(what) => Self::Hidden(what),
            error @ (store::Error::Conflict(_) | store::Error::Db(_)) => {
                error!("The rights of a person could not be read: {error}");
                Self::Internal
            }
        }
    }
}

impl Denied {
    /// The status code of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unknown | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::Foreign | Self::NotAllowed { .. } | Self::NotAdministrator(_) => StatusCode::FORBIDDEN,
            Self::Hidden(_) => StatusCode::NOT_FOUND,
            Self::Untold(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Denied {
    /// What the page about it is called.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Unknown | Self::BadToken => "Who goes there?",
            Self::Foreign | Self::NotAllowed { .. } | Self::NotAdministrator(_) => "This track is closed",
            Self::Hidden(_) => "No track leads here",
            Self::Untold(_) => "The forge does not answer",
            Self::Internal => "Something broke here",
        }
    }

    /// The same for people, as a sentence.
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::Unknown => "Log in first.".to_owned(),
            Self::Hidden(what) => format!("The {what} does not exist."),
            Self::BadToken
            | Self::Foreign
            | Self::NotAllowed { .. }
            | Self::NotAdministrator(_)
            | Self::Untold(_)
            | Self::Internal => format!("{self}."),
        };
        let mut characters = text.chars();
        characters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(json!({ "message": self.to_string() }))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // For those who make a page of it.
        response.extensions_mut().insert(self);
        response
    }
}
