//! Secrets that this server makes.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// 256 bits from the system's generator, as hexadecimal digits.
pub fn secret() -> String {
    let mut mix = Sha256::new();
    // Each brings 122 random bits.
    for _ in 0..3 {
        mix.update(Uuid::new_v4().as_bytes());
    }
    let mut text = String::with_capacity(64);
    for byte in mix.finalize() {
        write!(text, "{byte:02x}").expect("a String takes any text");
    }
    text
}
