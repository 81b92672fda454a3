//! References to orbs, and which version they mean.

use config::{OrbRef, OrbVersion};

#[test]
fn references() {
    let table = [
        ("circleci/node@5.1.0", Some(("circleci", "node", "5.1.0"))),
        ("circleci/node@volatile", Some(("circleci", "node", "volatile"))),
        ("a-b/c_d@dev:alpha", Some(("a-b", "c_d", "dev:alpha"))),
        ("circleci/node", None),
        ("node@5", None),
        ("circleci/node@", None),
        ("circleci/no de@5", None),
        ("https://example.org/orb.yml", None),
    ];
    for (text, expected) in table {
        assert_eq!(OrbRef::new(text).registry(), expected, "{text}");
    }
    assert_eq!(OrbRef::new("https://example.org/orb.yml").url(), Some("https://example.org/orb.yml"));
}

#[test]
fn the_newest_version_that_fits() {
    let existing = ["1.0.0", "1.2.0", "1.10.0", "1.2.9", "2.0.0", "10.0.1", "dev:alpha", "dev:beta"];
    let table = [
        ("1", Some("1.10.0")),
        ("1.2", Some("1.2.9")),
        ("1.2.0", Some("1.2.0")),
        ("1.3", None),
        ("volatile", Some("10.0.1")),
        ("dev:beta", Some("dev:beta")),
        ("dev:gamma", None),
    ];
    for (text, expected) in table {
        let version = OrbRef::new(format!("a/b@{text}")).version().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(version.newest(existing), expected, "{text}");
    }
    for text in ["x.y", "1.2.3.4", "1..2", "", "dev:", "v1", "+1"] {
        assert!(text.parse::<OrbVersion>().is_err(), "{text}");
    }
    assert!("1.2.3".parse::<OrbVersion>().is_ok_and(|version| version.is_fixed()));
    assert!("1.2".parse::<OrbVersion>().is_ok_and(|version| !version.is_fixed()));
}
