//! What the handlers share.

use axum::extract::FromRef;
use model::time::Timestamp;
use store::Store;

use crate::{clock::Clock, dispatch::Queue, http::auth::AuthState, secret::Vault};

/// What the handlers share. Clones share it.
#[derive(Clone, Debug)]
pub struct ApiState {
    /// Who asks.
    pub auth: AuthState,
    /// The rows.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Seals values.
    pub vault: Vault,
    /// Knows what queued jobs wait for.
    pub queue: Queue,
    /// The address that people use, without a slash at its end.
    pub public_url: String,
}

impl ApiState {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl FromRef<ApiState> for AuthState {
    fn from_ref(state: &ApiState) -> Self {
        state.auth.clone()
    }
}
