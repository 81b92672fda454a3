//! What can go wrong with rows.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such row. The text names the thing: `` job `42` ``.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The row is not in a state that allows this.
    #[error("{0}")]
    Conflict(String),
    /// The database failed, or a row cannot be read.
    #[error("the database failed: {0}")]
    Db(#[from] sqlx::Error),
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Db(error.into())
    }
}

/// The result of every function of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;
