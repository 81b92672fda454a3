//! Keys that sign OpenID Connect tokens: RSA of 2048 bits with SHA-256 (RS256), which is what every cloud accepts.
//!
//! | module | what |
//! | --- | --- |
//! | [`key`] | one key: made, written down, and put to use |
//! | [`ring`] | all of them: which one signs, which ones are published, and how a new one takes over |

mod key;
mod ring;

pub use key::SigningKey;
pub use ring::{LIFE_MS, OidcKeys, Rotated, Takeover};

#[cfg(test)]
mod tests;
