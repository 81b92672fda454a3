//! What the hooks need: where to store, what time it is, and the secrets.

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use store::inbox::Inbox;
use tokio::sync::Semaphore;

use super::body::MEMORY_LIMIT_KIB;
use crate::clock::Clock;

/// What the hooks need. Clones share it.
#[derive(Clone)]
pub struct HookState {
    pub(super) inbox: Inbox,
    pub(super) clock: Clock,
    /// Keyed with the secret; cloned for each request, which saves keying it anew.
    pub(super) github: Option<Hmac<Sha256>>,
    /// Digest of the token: digests have one length, so comparing them tells nothing of the token's.
    pub(super) gitlab: Option<[u8; 32]>,
    /// Counts the KiB of all bodies in memory.
    pub(super) memory: Arc<Semaphore>,
}

impl HookState {
    /// Hooks that take what is signed with these secrets. A forge without a secret, or with an empty one, is refused.
    pub fn new(inbox: Inbox, clock: Clock, github: Option<&SecretString>, gitlab: Option<&SecretString>) -> Self {
        let bytes = |secret: Option<&SecretString>| {
            secret.map(|secret| secret.expose_secret().as_bytes().to_vec()).filter(|secret| !secret.is_empty())
        };
        Self {
            inbox,
            clock,
            github: bytes(github).map(|secret| Hmac::new_from_slice(&secret).expect("HMAC takes keys of every length")),
            gitlab: bytes(gitlab).map(|token| Sha256::digest(token).into()),
            memory: Arc::new(Semaphore::new(MEMORY_LIMIT_KIB)),
        }
    }
}
