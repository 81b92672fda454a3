//! What the API needs.

use store::Store;

use crate::clock::Clock;

/// What the API needs. Clones share it.
#[derive(Clone, Debug)]
pub struct ApiState {
    /// The rows.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}
