//! What may be seen of a secret.

use secrecy::{ExposeSecret, SecretString};

/// How many characters at most are shown.
const SHOWN: usize = 4;

/// What people recognise a value by: `xxxx` and its last four characters, as CircleCI shows them. Of a short value less is
/// shown, so that most of it always stays hidden.
pub fn shown(value: &SecretString) -> String {
    let value = value.expose_secret();
    let count = value.chars().count();
    let seen = (count / 4).min(SHOWN);
    let tail: String = value.chars().skip(count - seen).collect();
    format!("xxxx{tail}")
}
