//! Versions of orbs, and which of them a reference means.

use std::{fmt, str::FromStr};

/// A released version: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Counts breaking changes.
    pub major: u64,
    /// Counts additions.
    pub minor: u64,
    /// Counts corrections.
    pub patch: u64,
}

/// A text that is not three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is three numbers, like 1.2.3")]
pub struct NoVersion;

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        match numbers(text).as_deref() {
            Some(&[major, minor, patch]) => Ok(Self { major, minor, patch }),
            Some(_) | None => Err(NoVersion),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch } = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// Numbers with points between them.
fn numbers(text: &str) -> Option<Vec<u64>> {
    text.split('.')
        .map(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten())
        .collect()
}

/// What stands behind the `@` of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// `1.2.3`: this one.
    Exact(Version),
    /// `1.2`: the newest `1.2.x`.
    Minor(u64, u64),
    /// `1`: the newest `1.x.y`.
    Major(u64),
    /// `volatile`: the newest.
    Volatile,
    /// `dev:…`, or another word: exactly that.
    Label(String),
}

impl Wanted {
    /// Reads it. `None`: numbers in a form that no version has.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "volatile" {
            return Some(Self::Volatile);
        }
        match numbers(text).as_deref() {
            Some(&[major]) => Some(Self::Major(major)),
            Some(&[major, minor]) => Some(Self::Minor(major, minor)),
            Some(&[major, minor, patch]) => Some(Self::Exact(Version { major, minor, patch })),
            Some(_) => None,
            None => text.starts_with(|first: char| first.is_ascii_alphabetic()).then(|| Self::Label(text.to_owned())),
        }
    }

    /// Whether a version is one of those that are meant.
    pub fn matches(&self, version: &str) -> bool {
        match (self, version.parse::<Version>()) {
            (Self::Label(label), _) => label == version,
            (Self::Exact(_) | Self::Minor(..) | Self::Major(_) | Self::Volatile, Err(NoVersion)) => false,
            (Self::Exact(exact), Ok(version)) => *exact == version,
            (Self::Minor(major, minor), Ok(version)) => (*major, *minor) == (version.major, version.minor),
            (Self::Major(major), Ok(version)) => *major == version.major,
            (Self::Volatile, Ok(_)) => true,
        }
    }

    /// Whether it always means the same source.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Exact(_))
    }

    /// The newest of those that are meant.
    pub fn newest<'v>(&self, versions: impl IntoIterator<Item = &'v str>) -> Option<&'v str> {
        versions.into_iter().filter(|version| self.matches(version)).max_by_key(|version| version.parse::<Version>().ok())
    }

    /// The version that comes nearest, where none is meant: the newest of the same minor version, else of the same major
    /// one, else the newest, else whatever there is.
    pub fn nearest<'v>(&self, versions: impl IntoIterator<Item = &'v str>) -> Option<&'v str> {
        let (major, minor) = match self {
            Self::Exact(version) => (Some(version.major), Some(version.minor)),
            Self::Minor(major, minor) => (Some(*major), Some(*minor)),
            Self::Major(major) => (Some(*major), None),
            Self::Volatile | Self::Label(_) => (None, None),
        };
        let closeness = |text: &&str| {
            let version = text.parse::<Version>().ok();
            let same_major = version.is_some_and(|version| Some(version.major) == major);
            let same_minor = same_major && version.is_some_and(|version| Some(version.minor) == minor);
            // A working copy is what a `dev:` version stands for.
            let is_head = matches!(self, Self::Label(_)) && version.is_none();
            (is_head, same_minor, same_major, version)
        };
        versions.into_iter().max_by_key(closeness)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(version) => version.fmt(f),
            Self::Minor(major, minor) => write!(f, "{major}.{minor}"),
            Self::Major(major) => write!(f, "{major}"),
            Self::Volatile => f.write_str("volatile"),
            Self::Label(label) => f.write_str(label),
        }
    }
}

#[cfg(test)]
mod tests;
