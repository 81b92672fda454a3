//! Why somebody's wish for a pipeline is refused.

/// Why somebody's wish for a pipeline, or for what starts one, is refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// There is no such thing; or the secret that names it is wrong.
    #[error("{0}")]
    NotFound(String),
    /// The wish makes no sense, or not now. The sentence is for the person who has it.
    #[error("{0}")]
    Refused(String),
    /// The rows could not be read or written.
    #[error(transparent)]
    Store(store::Error),
}

impl From<store::Error> for TriggerError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound(_) => Self::NotFound(error.to_string()),
            store::Error::Conflict(message) => Self::Refused(message),
            store::Error::Db(_) => Self::Store(error),
        }
    }
}

impl TriggerError {
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::Refused(message.into())
    }
}
