use super::*;

const VERSIONS: [&str; 8] = ["0.9.0", "1.0.0", "1.2.3", "1.2.10", "1.10.0", "2.0.0", "dev:main", "HEAD"];

#[test]
fn the_nearest_stands_in() {
    let table = [
        ("1.2.4", "1.2.10"),
        ("1.3", "1.10.0"),
        ("1.3.7", "1.10.0"),
        ("3", "2.0.0"),
        ("volatile", "2.0.0"),
        ("dev:other", "HEAD"),
    ];
    for (wanted, expected) in table {
        assert_eq!(nearest(&wanted.parse().unwrap(), VERSIONS), Some(expected), "{wanted}");
    }
    assert_eq!(nearest(&"1".parse().unwrap(), ["HEAD"]), Some("HEAD"));
    assert_eq!(nearest(&OrbVersion::Volatile, []), None);
}

#[test]
fn versions_are_sorted_by_their_numbers() {
    let mut versions = ["1.10.0", "HEAD", "1.9.0", "dev:a", "0.1.0"];
    versions.sort_by(|left, right| compare_versions(left, right));
    assert_eq!(versions, ["HEAD", "dev:a", "0.1.0", "1.9.0", "1.10.0"]);
}
