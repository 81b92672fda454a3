//! Issuers: one for each organization, and one for the server as a whole.

use uuid::Uuid;

/// Whose word a token is. Its address is where clouds find the public keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// The server as a whole: `{public url}/oidc`.
    Root,
    /// An organization's: `{public url}/oidc/org/{id}`.
    Organization(Uuid),
}

impl Issuer {
    /// Its address, on a server with this address (without a slash at its end).
    pub fn url(self, public_url: &str) -> String {
        match self {
            Self::Root => format!("{public_url}/oidc"),
            Self::Organization(id) => format!("{public_url}/oidc/org/{id}"),
        }
    }
}
