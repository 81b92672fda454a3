//! Names in the path of an address.

use std::fmt::Write;

/// A text as one segment of a path: everything but letters, digits, `-`, `.`, `_` and `~` becomes `%XX`.
pub(super) fn encode_segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}").expect("a String takes any text"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encode_segment;

    #[test]
    fn a_branch_is_one_segment() {
        assert_eq!(encode_segment("heads/feature/ä?#%"), "heads%2Ffeature%2F%C3%A4%3F%23%25");
        assert_eq!(encode_segment("v1.0-rc_1~2"), "v1.0-rc_1~2");
    }
}
