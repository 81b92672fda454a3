#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const VERSIONS: [&str; 8] = ["0.9.0", "1.0.0", "1.2.3", "1.2.10", "1.10.0", "2.0.0", "dev:main", "HEAD"];

#[test]
fn references_mean_the_newest_that_fits() {
    let table = [
        ("1.2.3", Some("1.2.3")),
        ("1.2", Some("1.2.10")),
        ("1", Some("1.10.0")),
        ("0", Some("0.9.0")),
        ("volatile", Some("2.0.0")),
        ("dev:main", Some("dev:main")),
        ("HEAD", Some("HEAD")),
        ("1.2.4", None),
        ("1.3", None),
        ("3", None),
        ("dev:other", None),
    ];
    for (wanted, expected) in table {
        assert_eq!(Wanted::parse(wanted).unwrap().newest(VERSIONS), expected, "{wanted}");
    }
}

#[test]
fn what_is_no_version_is_refused() {
    for text in ["1.2.3.4", "", "1..2", "1.", "-1", "@1", "99999999999999999999999.1.1"] {
        assert_eq!(Wanted::parse(text), None, "{text}");
    }
}

#[test]
fn the_nearest_stands_in() {
    let table =
        [("1.2.4", "1.2.10"), ("1.3", "1.10.0"), ("1.3.7", "1.10.0"), ("3", "2.0.0"), ("dev:other", "dev:main")];
    for (wanted, expected) in table {
        assert_eq!(Wanted::parse(wanted).unwrap().nearest(VERSIONS), Some(expected), "{wanted}");
    }
    assert_eq!(Wanted::parse("1").unwrap().nearest(["HEAD"]), Some("HEAD"));
    assert_eq!(Wanted::Volatile.nearest([]), None);
}
