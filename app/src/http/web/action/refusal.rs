//! Why an action is not carried out.

use axum::response::{IntoResponse, Response};
use tracing::error;

use crate::{
    http::{auth::Denied, web::error::PageError},
    trigger::TriggerError,
};

/// Why an action is not carried out: the person may not, or it cannot be done.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// The person may not.
    Denied(Denied),
    /// It cannot be done.
    Page(PageError),
}

impl Refusal {
    /// What the form says cannot be taken. The text is a fragment that says why.
    pub(super) fn invalid(why: impl Into<String>) -> Self {
        Self::Page(PageError::Invalid(why.into()))
    }

    /// We failed: the log has the cause.
    pub(super) fn internal(cause: &anyhow::Error) -> Self {
        error!("An action failed: {cause:#}");
        Self::Page(PageError::Internal)
    }

    /// There is no such thing: `context`, `variable`.
    pub(super) fn missing(what: &str) -> Self {
        Self::Page(PageError::NotFound(format!("The {what} does not exist any more.")))
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::Page(match error {
            // Somebody, or the scheduler, was faster: that is an answer, not a fault.
            store::Error::Conflict(why) => PageError::Conflict(why),
            error @ (store::Error::NotFound(_) | store::Error::Db(_)) => error.into(),
        })
    }
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<TriggerError> for Refusal {
    fn from(error: TriggerError) -> Self {
        match error {
            TriggerError::NotFound(what) => store::Error::NotFound(what).into(),
            TriggerError::Refused(why) => Self::Page(PageError::Conflict(why)),
            TriggerError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Denied(denied) => denied.into_response(),
            Self::Page(error) => error.into_response(),
        }
    }
}
