//! OpenID Connect tokens of jobs. Issuer, claims and their formats are CircleCI's ("OpenID Connect tokens" and "OIDC tokens with
//! custom claims" in its documentation), so that a cloud's policy that was written for it needs only another issuer.
//!
//! | module | what |
//! | --- | --- |
//! | [`issuer`] | whose word a token is |
//! | [`claims`] | what it says |
//! | [`issue`] | who gets one, and when |

mod claims;
mod issue;
mod issuer;

pub use issue::TokenOrder;
pub(super) use issue::Whose;
pub use issuer::Issuer;

#[cfg(test)]
mod tests;
