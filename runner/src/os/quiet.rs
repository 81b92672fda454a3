//! A watch where the system is not asked: whoever waits for news has to look by itself.

use std::path::Path;

/// Tells that the events of a spool may have grown: never.
#[derive(Debug)]
pub(crate) struct EventWatch;

impl EventWatch {
    /// Watches nothing.
    pub(crate) fn new(_spool: &Path) -> Self {
        Self
    }

    /// Never returns.
    pub(crate) async fn changed(&mut self) {
        std::future::pending().await
    }
}
