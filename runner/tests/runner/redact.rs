//! Masking: the same bytes come out however the stream is cut, and no secret does.

use proptest::prelude::*;
use runner::redact::{MASK, Redactor, Secrets};

fn masked(secrets: &Secrets, chunks: &[&[u8]]) -> Vec<u8> {
    let (mut redactor, mut out) = (Redactor::default(), Vec::new());
    for chunk in chunks {
        redactor.push(secrets, chunk, &mut out);
    }
    redactor.finish(secrets, &mut out);
    out
}

#[test]
fn a_secret_is_masked_in_every_dress() {
    let secrets = Secrets::new(["p@ss w\"rd/42\u{e9}"]);
    for text in [
        "p@ss w\"rd/42\u{e9}",
        "p@ss w\\\"rd/42\u{e9}",
        "p%40ss%20w%22rd%2F42%C3%A9",
        "p%40ss%20w%22rd%2f42%c3%a9",
        "70407373207722726 42f3432c3a9".replace(' ', "").as_str(),
        "70407373207722726 42F3432C3A9".replace(' ', "").as_str(),
    ] {
        assert_eq!(secrets.mask(&format!("<{text}>")), "<****>", "{text}");
    }
    // `printf '%s' "$V" | base64`, after no, one and two other bytes: what the value alone decides is gone.
    for text in ["cEBzcyB3InJkLzQyw6k=", "eHBAc3MgdyJyZC80MsOp", "eHlwQHNzIHcicmQvNDLDqQ=="] {
        let masked = secrets.mask(text);
        assert!(masked.contains("****") && masked.len() <= 10, "{text}: {masked}");
    }
}

#[test]
fn lines_of_a_secret_are_masked_one_by_one() {
    let secrets = Secrets::new(["-----BEGIN KEY-----\nabcdefgh\nklmn\nij\n-----END KEY-----\n"]);
    assert_eq!(secrets.mask("x abcdefgh y klmn z ij"), "x **** y **** z ij");
    assert_eq!(secrets.mask("-----BEGIN KEY-----"), "-----BEGIN KEY-----", "every key begins so");
}

#[test]
fn short_values_are_left_alone() {
    let secrets = Secrets::new(["abc", "", "on"]);
    assert!(secrets.is_empty());
    assert_eq!(secrets.mask("abc is on"), "abc is on");
}

#[test]
fn overlapping_secrets_leave_nothing_between_them() {
    let secrets = Secrets::new(["abcdef", "defghi", "abcdefgh"]);
    assert_eq!(secrets.mask("<abcdefghi>"), "<****>");
    assert_eq!(secrets.mask("<abcdefabcdef>"), "<********>");
}

#[test]
fn bytes_are_held_back_only_while_they_may_become_a_secret() {
    let secrets = Secrets::new(["swordfish"]);
    let (mut redactor, mut out) = (Redactor::default(), Vec::new());
    redactor.push(&secrets, b"the password is swo", &mut out);
    assert_eq!((out.as_slice(), redactor.held()), (b"the password is ".as_slice(), 3));
    redactor.push(&secrets, b"lle", &mut out);
    assert_eq!((out.as_slice(), redactor.held()), (b"the password is swolle".as_slice(), 0));
    redactor.push(&secrets, b"n swordfis", &mut out);
    redactor.push(&secrets, b"h", &mut out);
    assert_eq!((out.as_slice(), redactor.held()), (b"the password is swollen ****".as_slice(), 0));
}

fn values() -> impl Strategy<Value = Vec<String>> {
    // Few letters, so that values overlap, nest, and begin with one another.
    prop::collection::vec("[abAB\n]{1,12}", 0..6)
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"abAB\n%4=".to_vec()), 0..200)
}

proptest! {
    #[test]
    fn cuts_make_no_difference(values in values(), text in text(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let secrets = Secrets::new(values.iter().map(String::as_str));
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(masked(&secrets, &chunks), masked(&secrets, &[&text]));
    }

    #[test]
    fn exactly_what_secrets_cover_is_masked(values in values(), text in text()) {
        let values: Vec<&[u8]> = values.iter().map(|value| value.as_bytes()).filter(|value| value.len() >= 4).collect();
        // Lines, too, are needles; keep to values without.
        prop_assume!(values.iter().all(|value| !value.contains(&b'\n')));
        let secrets = Secrets::new(values.iter().map(|value| std::str::from_utf8(value).unwrap()));
        let out = masked(&secrets, &[&text]);
        for value in &values {
            prop_assert!(!out.windows(value.len()).any(|window| window == *value));
        }
        // Byte by byte: what no raw value covers is there, unless an encoded one covers it; those need 8 letters.
        prop_assume!(values.iter().all(|value| value.len() < 8));
        let mut covered = vec![false; text.len()];
        let mut starts = vec![false; text.len()];
        for (start, _) in text.iter().enumerate() {
            for value in values.iter().filter(|value| text[start..].starts_with(value)) {
                starts[start] = true;
                covered[start..start + value.len()].fill(true);
            }
        }
        let (mut expected, mut until) = (Vec::new(), 0);
        for (at, byte) in text.iter().enumerate() {
            if starts[at] {
                if at >= until {
                    expected.extend_from_slice(MASK);
                }
                let longest = values.iter().filter(|value| text[at..].starts_with(value)).map(|value| value.len()).max();
                until = until.max(at + longest.unwrap());
            } else if !covered[at] {
                expected.push(*byte);
            }
        }
        prop_assert_eq!(out, expected);
    }

    #[test]
    fn without_secrets_nothing_changes(text in text()) {
        prop_assert_eq!(masked(&Secrets::new([]), &[&text]), text);
    }
}
