//! How much an archive holds.

use std::fmt;

/// Counts of files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Files and links.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, bytes } = self;
        write!(f, "{files} file{}, {}", if *files == 1 { "" } else { "s" }, size(*bytes))
    }
}

/// A size for people: `12.3 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" });
    }
    // Tenths, in whole numbers: no rounding up to `1000.0 kB`.
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{Totals, size};

    #[test]
    fn sizes_are_for_people() {
        let sizes = [0, 1, 999, 1_000, 999_999, 1_000_000, 2_345_678_901].map(size);
        assert_eq!(sizes, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "2.3 GB"]);
        assert_eq!(Totals { files: 1, bytes: 12 }.to_string(), "1 file, 12 bytes");
    }
}
