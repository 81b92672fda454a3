use model::protocol::SshKey;

use super::select;

fn key(number: u8) -> SshKey {
    SshKey {
        hostname: None,
        md5: format!("aa:0{number}"),
        sha256: format!("SHA256:key{number}"),
        private_key: String::new(),
    }
}

fn chosen(fingerprints: &[&str]) -> Result<Vec<String>, String> {
    let keys = [key(1), key(2)];
    let fingerprints: Vec<String> = fingerprints.iter().map(|text| (*text).to_owned()).collect();
    select(&keys, &fingerprints).map(|keys| keys.iter().map(|key| key.md5.clone()).collect())
}

#[test]
fn keys_are_found_by_both_fingerprints() {
    for (fingerprints, expected) in [
        (&[][..], &["aa:01", "aa:02"][..]),
        (&["aa:02"], &["aa:02"]),
        (&["AA:02"], &["aa:02"]),
        (&["MD5:aa:01"], &["aa:01"]),
        (&["SHA256:key2", "aa:01"], &["aa:02", "aa:01"]),
        (&[" SHA256:key2= "], &["aa:02"]),
    ] {
        assert_eq!(chosen(fingerprints).unwrap(), expected, "{fingerprints:?}");
    }
    let unknown = chosen(&["aa:01", "bb"]).unwrap_err();
    assert_eq!(unknown, "no SSH key has the fingerprint bb; the project has: SHA256:key1 (aa:01), SHA256:key2 (aa:02)");
    assert!(select(&[], &["bb".to_owned()]).unwrap_err().contains("this job gets no keys"));
    assert!(select(&[], &[]).unwrap().is_empty());
}
