//! Who looks at a page, and how they want to see it.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use super::{
    auth::{Actor, AuthState, Denied, Visitor},
    page::Theme,
};

/// Who looks at a page, and how they want to see it.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// Light or dark.
    pub theme: Theme,
    /// Who it is.
    pub account: Account,
}

/// Whose page it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Account {
    /// Nobody has looked: the page is the same for everyone.
    #[default]
    Unasked,
    /// Nobody is logged in.
    Nobody,
    /// The person at this machine, who needs no login.
    Operator,
    /// Somebody is logged in.
    User {
        /// Their login name.
        login: String,
        /// They may do everything.
        is_admin: bool,
    },
}

impl Viewer {
    /// Only the theme is known.
    pub const fn unasked(theme: Theme) -> Self {
        Self { theme, account: Account::Unasked }
    }

    /// Whether there is somebody who may be allowed to act.
    pub const fn may_act(&self) -> bool {
        matches!(self.account, Account::Operator | Account::User { .. })
    }

    /// Whether they may do what concerns the whole server.
    pub const fn is_admin(&self) -> bool {
        matches!(self.account, Account::Operator | Account::User { is_admin: true, .. })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer
where
    AuthState: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denied> {
        let theme = Theme::from_headers(&parts.headers);
        let account = match Visitor::from_request_parts(parts, state).await? {
            Visitor(None) => Account::Nobody,
            Visitor(Some(Actor::Operator)) => Account::Operator,
            Visitor(Some(Actor::User(user))) => Account::User { is_admin: user.is_admin, login: user.login },
        };
        Ok(Self { theme, account })
    }
}
