//! How long to wait before the next try.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

/// The first pause.
const FIRST_MS: u64 = 1_000;
/// The longest pause that is not asked for.
const LONGEST_MS: u64 = 5 * 60_000;

/// Doubles with every try, from a second to five minutes, give or take a fifth, which differs between keys so that they
/// do not all come at once. What a forge asks for counts where it is longer.
pub(super) fn pause(key: impl Hash, tries: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST_MS.saturating_mul(1_u64.checked_shl(tries).unwrap_or(u64::MAX)).min(LONGEST_MS);
    let mut hasher = DefaultHasher::new();
    (key, tries).hash(&mut hasher);
    let spread = doubled * 2 / 5;
    let jittered = doubled - doubled / 5 + hasher.finish() % (spread + 1);
    Duration::from_millis(jittered).max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests;
