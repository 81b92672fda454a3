//! What is needed to tell who asks.

use std::sync::Arc;

use http::Uri;
use store::Store;

use super::operator::is_loopback_host;
use crate::{clock::Clock, settings::LoginSettings, vcs::Forges};

/// What is needed to tell who asks. Clones share it.
#[derive(Clone, Debug)]
pub struct AuthState {
    /// Users, tokens, sessions.
    pub(super) store: Store,
    /// The time.
    pub(super) clock: Clock,
    /// Tell the rights of people.
    pub(super) forges: Arc<Forges>,
    /// How this server is set up.
    pub(super) rules: Arc<Rules>,
}

/// How this server is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The person at this machine may do everything, without a login.
    pub operator: bool,
    /// Nothing is shown to those who are not logged in.
    pub login_to_read: bool,
    /// `ci.example.com`, `127.0.0.1:8000`: where browsers find this server.
    pub authority: String,
    /// Whether browsers come by https.
    pub https: bool,
}

impl Rules {
    /// From the settings.
    pub fn new(public_url: &str, settings: &LoginSettings) -> Self {
        let LoginSettings { required } = settings;
        let url: Uri = public_url.parse().unwrap_or_default();
        let authority = url.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
        Self {
            // Who is known elsewhere by another address has people who come from elsewhere.
            operator: is_loopback_host(&authority),
            login_to_read: *required,
            https: url.scheme_str() == Some("https"),
            authority,
        }
    }
}

impl AuthState {
    /// From the parts of a server.
    pub fn new(store: Store, clock: Clock, forges: Arc<Forges>, rules: Rules) -> Self {
        Self { store, clock, forges, rules: Arc::new(rules) }
    }

    /// How this server is set up.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}
