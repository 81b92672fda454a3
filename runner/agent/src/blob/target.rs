//! Addresses of requests.

use std::fmt::Write;

/// A path with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// A path, which has no characters to escape.
    pub fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(name);
        self.0.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                write!(self.0, "%{byte:02X}").expect("a string takes everything");
            }
        }
        self
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads percent-encoded text; what is no such code stays.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let code = (bytes[index] == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                index += 3;
            }
            None => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Target, decode};

    #[test]
    fn values_are_escaped_and_read_back() {
        let key = "v1 é&x=%+/#\n-._~";
        let target = Target::new("/blobs/cache").with("key", key).with("key", "b");
        assert_eq!(target.as_str(), "/blobs/cache?key=v1%20%C3%A9%26x%3D%25%2B/%23%0A-._~&key=b");
        let escaped = target.as_str().trim_start_matches("/blobs/cache?key=").trim_end_matches("&key=b");
        assert_eq!(decode(escaped), key);
        assert_eq!(decode("100%"), "100%");
    }
}
