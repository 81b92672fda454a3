//! Which version stands in for one that is not there, and in which order people want to see them.

use std::cmp::Ordering;

use config::OrbVersion;

/// The three numbers of a released version; `None` for `dev:…` and other words.
pub(super) fn release(version: &str) -> Option<[u64; 3]> {
    let mut numbers = version.split('.').map(|part| part.parse().ok());
    let release = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(release)
}

/// Releases by their numbers, after everything else.
pub fn compare_versions(left: &str, right: &str) -> Ordering {
    release(left).cmp(&release(right)).then_with(|| left.cmp(right))
}

/// The version that comes nearest, where none of those that are meant is there: the newest of the same minor version, else
/// of the same major one, else the newest, else whatever there is. For a `dev:` version a working copy comes first.
pub(super) fn nearest<'v>(wanted: &OrbVersion, versions: impl IntoIterator<Item = &'v str>) -> Option<&'v str> {
    let closeness = |version: &&str| {
        let numbers = release(version);
        match wanted {
            OrbVersion::Volatile => (false, false, numbers),
            OrbVersion::Dev(_) => (numbers.is_none(), *version == "HEAD", numbers),
            OrbVersion::Release { major, minor, patch: _ } => {
                let same_major = numbers.is_some_and(|numbers| numbers[0] == *major);
                let same_minor = same_major && numbers.map(|numbers| numbers[1]) == *minor;
                (same_minor, same_major, numbers)
            }
        }
    };
    versions.into_iter().max_by_key(closeness)
}

#[cfg(test)]
mod tests;
