//! Why a runner's call is refused.

use store::Error as StoreError;

/// Why a runner's call is refused. The text is for the runner's log.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The token opens nothing (401).
    #[error("the token is not valid: check the runner's token, or make a new one with `roundhouse admin`")]
    Unauthorized,
    /// There is no such task (404).
    #[error("{0} does not exist")]
    NotFound(String),
    /// The task is no longer this runner's, or is over (409).
    #[error("{0}")]
    Fenced(String),
    /// The call makes no sense, and never will (422).
    #[error("{0}")]
    Refused(String),
    /// Not now (503).
    #[error("{0}")]
    Unavailable(String),
    /// Our own fault (500).
    #[error("{0:#}")]
    Internal(anyhow::Error),
}

impl From<StoreError> for DispatchError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::NotFound(what),
            StoreError::Conflict(why) => Self::Fenced(why),
            StoreError::Db(_) => Self::Internal(error.into()),
        }
    }
}
