//! Versions of orbs, and which of those that exist one means.

use std::str::FromStr;

/// What stands behind the `@` of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OrbVersion {
    /// `volatile`: the newest release.
    Volatile,
    /// `1`, `1.2`, `1.2.3`: the newest release that begins so.
    Release {
        /// The first number.
        major: u64,
        /// The second, where it is fixed.
        minor: Option<u64>,
        /// The third, where it is fixed.
        patch: Option<u64>,
    },
    /// `dev:alpha`: a development version, by its label.
    Dev(String),
}

/// A text that is not a version of an orb.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version of an orb: write `1`, `1.2`, `1.2.3`, `volatile` or `dev:label`")]
pub struct InvalidOrbVersion(String);

impl FromStr for OrbVersion {
    type Err = InvalidOrbVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidOrbVersion(text.to_owned());
        if text == "volatile" {
            return Ok(Self::Volatile);
        }
        if let Some(label) = text.strip_prefix("dev:") {
            return if label.is_empty() { Err(invalid()) } else { Ok(Self::Dev(label.to_owned())) };
        }
        match numbers(text).ok_or_else(invalid)?.as_slice() {
            [major] => Ok(Self::Release { major: *major, minor: None, patch: None }),
            [major, minor] => Ok(Self::Release { major: *major, minor: Some(*minor), patch: None }),
            [major, minor, patch] => Ok(Self::Release { major: *major, minor: Some(*minor), patch: Some(*patch) }),
            _ => Err(invalid()),
        }
    }
}

impl OrbVersion {
    /// Which of the versions that exist is meant: the newest that fits.
    pub fn newest<'a>(&self, existing: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let existing = existing.into_iter();
        match self {
            Self::Dev(label) => existing.into_iter().find(|version| version.strip_prefix("dev:") == Some(label)),
            Self::Volatile => newest_of(existing, |_| true),
            Self::Release { major, minor, patch } => newest_of(existing, |numbers| {
                numbers[0] == *major
                    && minor.is_none_or(|minor| numbers[1] == minor)
                    && patch.is_none_or(|patch| numbers[2] == patch)
            }),
        }
    }

    /// Whether it always means the same source. What does not may be looked up again.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Release { patch, .. } => patch.is_some(),
            Self::Volatile | Self::Dev(_) => false,
        }
    }
}

fn newest_of<'a>(existing: impl Iterator<Item = &'a str>, fits: impl Fn(&[u64; 3]) -> bool) -> Option<&'a str> {
    let release = |version: &'a str| Some((<[u64; 3]>::try_from(numbers(version)?).ok()?, version));
    existing.filter_map(release).filter(|(numbers, _)| fits(numbers)).max().map(|(_, version)| version)
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    let number = |part: &str| part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    text.split('.').map(number).collect()
}
