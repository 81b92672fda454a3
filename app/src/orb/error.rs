//! What can go wrong when an orb is fetched, sorted by what to do about it.

/// An orb that could not be had. The text names the orb and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrbError {
    /// Asking again later may work.
    #[error("{0}")]
    Transient(String),
    /// Asking again changes nothing.
    #[error("{0}")]
    Permanent(String),
}

impl OrbError {
    pub(super) fn transient(message: impl Into<String>) -> Self {
        Self::Transient(message.into())
    }

    pub(super) fn permanent(message: impl Into<String>) -> Self {
        Self::Permanent(message.into())
    }
}
