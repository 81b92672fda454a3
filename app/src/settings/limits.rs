//! How much may run at the same time, and how much room must be left for it.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use super::resolve::Resolved;

/// One gibibyte.
const GIB: f64 = (1 << 30) as f64;

/// Limits of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Tasks that run at the same time, in all.
    pub total: Option<u32>,
    /// The same of each project that has no limit of its own.
    pub project: Option<u32>,
    /// The same of a class, by its name.
    pub classes: BTreeMap<String, u32>,
    /// How long scheduled work steps back, in milliseconds.
    pub scheduled_patience_ms: i64,
    /// Below so much free room on the disk of the data directory nothing new begins; 0: it does not matter.
    pub min_free_bytes: u64,
}

impl Default for LimitSettings {
    /// No limits, and no care for the disk.
    fn default() -> Self {
        Self {
            total: None,
            project: None,
            classes: BTreeMap::new(),
            scheduled_patience_ms: 30 * 60_000,
            min_free_bytes: 0,
        }
    }
}

impl LimitSettings {
    /// Understands what was resolved, of limits alone.
    ///
    /// # Errors
    /// A value that does not mean what it must.
    pub fn new(resolved: &Resolved) -> anyhow::Result<Self> {
        let wrong = |key: &str, value: &str, expected: &str| {
            format!("`{key}` is `{value}` (from {}), but must be {expected}", resolved.origin(key))
        };
        let limit = |key: &str| -> anyhow::Result<Option<u32>> {
            let text = resolved.text(key).unwrap_or_default();
            if matches!(text, "" | "none") {
                return Ok(None);
            }
            let most = text.parse().ok().filter(|most| *most >= 1);
            most.map(Some).with_context(|| wrong(key, text, "a number from 1 on, or `none`"))
        };
        let mut classes = BTreeMap::new();
        let text = resolved.text("limits.classes").unwrap_or_default();
        for pair in text.split([',', ' ']).filter(|pair| !pair.is_empty()) {
            let parsed = pair.rsplit_once('=').and_then(|(class, most)| Some((class, most.parse().ok()?)));
            let Some((class, most)) = parsed.filter(|(class, most)| class.contains('/') && *most >= 1) else {
                let expected = "classes with their limits, like `docker/large=2, acme/gpu=1`";
                bail!(wrong("limits.classes", pair, expected));
            };
            classes.insert(class.to_owned(), most);
        }
        let patience = resolved.text("limits.scheduled_patience_min").unwrap_or_default();
        let minutes: i64 = patience
            .parse()
            .ok()
            .filter(|minutes| (0..=100_000).contains(minutes))
            .with_context(|| wrong("limits.scheduled_patience_min", patience, "a number of minutes"))?;
        let free = resolved.text("min_free_gib").unwrap_or_default();
        let gib: f64 = free
            .parse()
            .ok()
            .filter(|gib| (0.0..=1e6).contains(gib))
            .with_context(|| wrong("min_free_gib", free, "a number, like `1` or `0.5`; 0 turns it off"))?;
        Ok(Self {
            total: limit("limits.total")?,
            project: limit("limits.project")?,
            classes,
            scheduled_patience_ms: minutes * 60_000,
            min_free_bytes: (gib * GIB) as u64,
        })
    }
}
