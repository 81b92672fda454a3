//! Sealing a value, and opening it again.
//!
//! A sealed value is, in bytes: the version 1, the id of its key (8), a random nonce (24), the ciphertext, its tag (16).

use anyhow::Context;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use store::secret::Sealed;

use super::{
    key::{KeyId, MasterKey},
    owner::Owner,
};

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEAD_BYTES: usize = 1 + KeyId::BYTES + NONCE_BYTES;

/// Why a sealed value does not open.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key that sealed it is not here.
    #[error(
        "{owner} was sealed with the master key {key}, which is not among the keys of this server: put it back into \
         ROUNDHOUSE_MASTER_KEY or the file `master.key`, or set the value again"
    )]
    UnknownKey {
        /// Whose value it is.
        owner: String,
        /// The key.
        key: KeyId,
    },
    /// It was changed, or belongs to another row.
    #[error("{owner} cannot be opened: its row was changed, or was copied from another; set the value again")]
    Damaged {
        /// Whose value it is.
        owner: String,
    },
    /// The keys cannot be read.
    #[error("{0:#}")]
    Keys(anyhow::Error),
}

/// Seals a value for its row.
///
/// # Errors
/// The system has no random numbers.
pub(super) fn seal(key: &MasterKey, owner: Owner<'_>, value: &SecretString) -> anyhow::Result<Sealed> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).context("failed to get random numbers from the system")?;
    let aad = owner.to_string();
    let payload = Payload { msg: value.expose_secret().as_bytes(), aad: aad.as_bytes() };
    let text = XChaCha20Poly1305::new(key.expose().into())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| anyhow::anyhow!("a value of {} bytes is too long to be sealed", value.expose_secret().len()))?;
    Ok(Sealed([&[VERSION][..], &key.id().0, &nonce, &text].concat()))
}

/// The id of the key that sealed it; `None` when the bytes are not of this form.
pub(super) fn key_of(sealed: &Sealed) -> Option<KeyId> {
    match &sealed.0[..] {
        [VERSION, rest @ ..] if rest.len() >= HEAD_BYTES - 1 => {
            Some(KeyId(rest[..KeyId::BYTES].try_into().expect("its length was compared")))
        }
        _ => None,
    }
}

/// Opens what [`seal`] sealed for the same row with this key.
///
/// # Errors
/// `Damaged`.
pub(super) fn open(key: &MasterKey, owner: Owner<'_>, sealed: &Sealed) -> Result<SecretString, SealError> {
    let aad = owner.to_string();
    let damaged = || SealError::Damaged { owner: aad.clone() };
    let (head, text) = sealed.0.split_at_checked(HEAD_BYTES).ok_or_else(damaged)?;
    let nonce: [u8; NONCE_BYTES] = head[1 + KeyId::BYTES..].try_into().expect("its length is what is left of the head");
    let plain = XChaCha20Poly1305::new(key.expose().into())
        .decrypt(&XNonce::from(nonce), Payload { msg: text, aad: aad.as_bytes() })
        .map_err(|_| damaged())?;
    let plain = Zeroizing::new(plain);
    let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
    Ok(SecretString::from(text))
}
