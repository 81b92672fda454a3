//! How much may run at the same time.

use std::collections::BTreeMap;

/// How many tasks may run at the same time, and how patient scheduled work is. The default sets no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of all; `None`: as many as the runners take.
    pub total: Option<u32>,
    /// Of each project that has no limit of its own.
    pub project: Option<u32>,
    /// Of a class (`docker/large`, `namespace/name`).
    pub classes: BTreeMap<String, u32>,
    /// Scheduled work that has waited for so long goes as if somebody waited for it, in milliseconds.
    pub scheduled_patience_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: None, project: None, classes: BTreeMap::new(), scheduled_patience_ms: 30 * 60_000 }
    }
}
