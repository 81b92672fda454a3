//! Bounds on what jobs keep.

const GIB: u64 = 1 << 30;

/// Bounds on what jobs keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one cache.
    pub cache_bytes: u64,
    /// Bytes of all caches together: those that were used longest ago make room.
    pub cache_budget_bytes: u64,
    /// Milliseconds that a cache is kept.
    pub cache_retention_ms: i64,
    /// Bytes of one layer of a workspace.
    pub layer_bytes: u64,
    /// Layers of the workspace of one workflow.
    pub layers: usize,
    /// Bytes of one artifact.
    pub artifact_bytes: u64,
    /// Artifacts of one job.
    pub artifacts: u64,
    /// Bytes of one file of test results.
    pub test_file_bytes: usize,
    /// Test cases of one job.
    pub test_cases: u64,
}

impl Limits {
    /// The usual ones, with this budget for all caches.
    pub fn with_cache_budget(cache_budget_bytes: u64) -> Self {
        Self {
            cache_bytes: (5 * GIB).min(cache_budget_bytes),
            cache_budget_bytes,
            cache_retention_ms: 15 * 24 * 3_600_000,
            layer_bytes: 5 * GIB,
            layers: 10_000,
            artifact_bytes: 3 * GIB,
            artifacts: 100_000,
            test_file_bytes: 50 << 20,
            test_cases: 1_000_000,
        }
    }
}

/// For people: `5 GiB`.
pub(super) fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes.is_multiple_of(unit) => format!("{} {name}", bytes / unit),
        Some((unit, name)) => format!("{:.1} {name}", bytes as f64 / unit as f64),
        None => format!("{bytes} bytes"),
    }
}
