use std::path::Path;

use super::{with_entry, without_entries};

#[test]
fn entries_come_and_go() {
    let own = "Host own\n  User me\n";
    let (one, two) = (Path::new("/home/me/.ssh/id_rsa_1"), Path::new("/home/me/.ssh/id_rsa_2"));
    let text = with_entry(&with_entry(own, None, one), Some("example.com"), two);
    let places = ["Host example.com", "  IdentitiesOnly yes", "Host own", "Host *", "  IdentitiesOnly no"]
        .map(|line| text.find(line).unwrap_or_else(|| panic!("{line} is not in {text}")));
    assert!(places.is_sorted(), "{text}");
    assert_eq!(with_entry(&text, None, one), text, "the same entry comes once");
    assert_eq!(without_entries(&text), own);
    assert_eq!(without_entries(&with_entry("", None, one)), "");
}
