//! Why a task cannot begin, where no runner is to blame.

use model::job::Outcome;

use crate::{secret::SealError, vcs::ForgeError};

/// Why a task cannot begin. The text is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// Trying again may help.
    Passing(String),
    /// The job ends with this outcome.
    Lasting(Outcome, String),
}

impl Hindrance {
    /// The sentence.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Passing(reason) | Self::Lasting(_, reason) => reason,
        }
    }

    /// The job may not have what it asks for.
    pub(super) fn unauthorized(reason: impl Into<String>) -> Self {
        Self::Lasting(Outcome::Unauthorized, reason.into())
    }

    /// The forge does not do its part. `what` begins the sentence: `the code of acme/app cannot be fetched`.
    pub(super) fn of_forge(what: &str, error: &ForgeError) -> Self {
        let reason = format!("{what}: {error}");
        match error {
            ForgeError::Transient { .. } => Self::Passing(reason),
            ForgeError::Permanent { .. } => Self::Lasting(Outcome::InfrastructureFail, reason),
        }
    }
}

impl From<SealError> for Hindrance {
    fn from(error: SealError) -> Self {
        Self::Lasting(Outcome::InfrastructureFail, format!("a secret cannot be read: {error}"))
    }
}
