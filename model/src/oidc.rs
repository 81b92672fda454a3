//! OpenID Connect tokens of jobs: who a job is, signed by the server, for clouds that trust it.
//!
//! Two of them are variables of the job. More are to be had while it runs: the agent asks at the socket of [`crate::blob`], the
//! runner passes that on to `/api/runner/v1/tasks/{id}` + [`PATH`] with the task's token. Parameters: [`AUDIENCE`], as often as
//! there shall be audiences (none: the organization's id), and [`ROOT_ISSUER`]`=true` for the issuer of the whole server.

use serde::{Deserialize, Serialize};

/// The variable with a token whose subject tells organization, project and user.
pub const TOKEN_VARIABLE: &str = "CIRCLE_OIDC_TOKEN";

/// The variable with a token whose subject also tells repository and branch or tag.
pub const TOKEN_V2_VARIABLE: &str = "CIRCLE_OIDC_TOKEN_V2";

/// `GET`: 200 with [`IssuedToken`]; 422 with the reason where the job may have none.
pub const PATH: &str = "/oidc/token";

/// Parameter: for whom the token is.
pub const AUDIENCE: &str = "audience";

/// Parameter: whether the issuer is the server's own, instead of the organization's.
pub const ROOT_ISSUER: &str = "root-issuer";

/// A token that a job asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedToken {
    /// A signed JSON Web Token.
    pub token: String,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedToken(…)")
    }
}
