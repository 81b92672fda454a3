//! Installation tokens: made for one repository and one purpose, kept in memory, replaced before they run out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::time::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

/// What a token may do. Each purpose gets a token of its own, with no more than it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// Read files and commits, now.
    Read,
    /// Post commit statuses.
    Status,
    /// Ask who is in a team, now.
    Members,
    /// Clone: given to a job, which may take its time.
    Clone,
}

/// Permissions, as GitHub wants to hear them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Permissions {
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<&'static str>,
}

impl Purpose {
    /// The least that serves it.
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Read | Self::Clone => Permissions { contents: Some("read"), statuses: None, members: None },
            Self::Status => Permissions { contents: None, statuses: Some("write"), members: None },
            Self::Members => Permissions { contents: None, statuses: None, members: Some("read") },
        }
    }

    /// How those permissions are called in messages.
    pub const fn permission_text(self) -> &'static str {
        match self {
            Self::Read | Self::Clone => "Contents: read",
            Self::Status => "Commit statuses: write",
            Self::Members => "Members: read",
        }
    }

    /// How long a token must still live to be used for it, in milliseconds.
    const fn least_life_ms(self) -> i64 {
        match self {
            Self::Read | Self::Status | Self::Members => 5 * 60_000,
            Self::Clone => 30 * 60_000,
        }
    }
}

/// A token, and when it ends.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub text: SecretString,
    pub expires_at: Timestamp,
}

/// The place of one token: locked while it is made, so that only one is.
pub(super) type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// The tokens in hand, by repository and purpose.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<HashMap<(i64, Purpose), Slot>>);

impl Tokens {
    /// The place of a token.
    pub fn slot(&self, repository_id: i64, purpose: Purpose, now: Timestamp) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !slots.contains_key(&(repository_id, purpose)) {
            // A new repository is the moment to forget those that nothing was asked of for a long time.
            slots.retain(|_, slot| match slot.try_lock() {
                Ok(token) => token.as_ref().is_some_and(|token| token.expires_at > now),
                Err(_) => true,
            });
        }
        slots.entry((repository_id, purpose)).or_default().clone()
    }
}

impl Token {
    /// Whether it lives long enough for a purpose.
    pub fn serves(&self, purpose: Purpose, now: Timestamp) -> bool {
        self.expires_at.millis_since(now) >= purpose.least_life_ms()
    }
}
