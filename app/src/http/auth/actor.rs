//! The person who asks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::request::Parts;
use model::trigger::Actor as Person;
use store::user::{Identity, User};

use super::{
    AuthState, Denied, credentials,
    operator::{host, is_operator},
    origin::{Origin, origin},
    session, token,
};

/// Somebody who may act: a handler that asks for one is not reached by anybody else (401).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person at this machine: an administrator.
    Operator,
    /// A user.
    User(User),
}

impl Actor {
    /// Login name, for people.
    pub fn login(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::User(user) => &user.login,
        }
    }

    /// May do everything, everywhere.
    pub const fn is_admin(&self) -> bool {
        match self {
            Self::Operator => true,
            Self::User(user) => user.is_admin,
        }
    }

    /// The user; `None` for the operator.
    pub const fn user(&self) -> Option<&User> {
        match self {
            Self::Operator => None,
            Self::User(user) => Some(user),
        }
    }

    /// As the one who causes something.
    pub fn person(&self) -> Person {
        let id = self.user().and_then(|user| match user.identity {
            Identity::Local => None,
            Identity::Forge { vcs: _, id } => Some(id),
        });
        Person { id, login: self.login().to_owned() }
    }

    /// Passes administrators on.
    ///
    /// # Errors
    /// They are none.
    pub fn require_admin(&self) -> Result<(), Denied> {
        if self.is_admin() { Ok(()) } else { Err(Denied::NotAdministrator(self.login().to_owned())) }
    }
}

/// Whoever asks, known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor(pub Option<Actor>);

impl AuthState {
    /// Who asks; `None` when nobody is known. A session that is over is nobody; a token that opens nothing is refused.
    ///
    /// # Errors
    /// A token that opens nothing; a change that somebody else's page asks for.
    pub async fn identify(&self, parts: &Parts) -> Result<Option<Actor>, Denied> {
        let Parts { method, uri, headers, extensions, .. } = parts;
        if let Some(token) = credentials::token(headers, uri) {
            return token::authenticate(self, &token).await.map(|user| Some(Actor::User(user)));
        }
        let host = host(headers, uri).unwrap_or_default();
        let from = origin(headers, &[&self.rules.authority, host]);
        if let Some(cookie) = credentials::cookie(headers)
            && let Some(user) = session::find_user(self, cookie).await?
        {
            return match from {
                Origin::Ours => Ok(Some(Actor::User(user))),
                // Looking changes nothing, and the page elsewhere gets nothing to see.
                Origin::Foreign | Origin::Untold if method.is_safe() => Ok(Some(Actor::User(user))),
                Origin::Foreign | Origin::Untold => Err(Denied::Foreign),
            };
        }
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        if self.rules.operator && is_operator(peer, parts) {
            return match from {
                // A program of this machine tells nothing.
                Origin::Ours | Origin::Untold => Ok(Some(Actor::Operator)),
                Origin::Foreign if method.is_safe() => Ok(Some(Actor::Operator)),
                Origin::Foreign => Err(Denied::Foreign),
            };
        }
        Ok(None)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    AuthState: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denied> {
        // Who was found once is not looked for again.
        if let Some(visitor) = parts.extensions.get::<Self>() {
            return Ok(visitor.clone());
        }
        let visitor = Self(AuthState::from_ref(state).identify(parts).await?);
        parts.extensions.insert(visitor.clone());
        Ok(visitor)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor
where
    AuthState: FromRef<S>,
{
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denied> {
        let Visitor(actor) = Visitor::from_request_parts(parts, state).await?;
        actor.ok_or(Denied::Unknown)
    }
}
