//! The key that seals secrets.

use std::{fmt, str::FromStr};

use anyhow::{Context, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Names a key without telling it: the beginning of a hash of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; KeyId::BYTES]);

impl KeyId {
    /// Length, in bytes.
    pub const BYTES: usize = 8;
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A master key: 32 random bytes, written as base64.
#[derive(Debug)]
pub struct MasterKey {
    id: KeyId,
    bytes: SecretBox<[u8; KEY_BYTES]>,
}

impl MasterKey {
    /// A new one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn generate() -> anyhow::Result<Self> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).context("failed to get random numbers from the system")?;
        Ok(Self::new(bytes))
    }

    fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let hash = Sha256::new().chain_update(b"roundhouse master key id").chain_update(bytes).finalize();
        let mut id = [0; KeyId::BYTES];
        id.copy_from_slice(&hash[..KeyId::BYTES]);
        Self { id: KeyId(id), bytes: SecretBox::new(Box::new(bytes)) }
    }

    /// Which it is.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key itself, for the cipher.
    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.bytes.expose_secret()
    }

    /// As it stands in a file.
    pub(super) fn encode(&self) -> String {
        BASE64_STANDARD.encode(self.expose())
    }
}

impl FromStr for MasterKey {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let help = "a master key is 32 bytes as base64: make one with `openssl rand -base64 32`";
        let bytes = BASE64_STANDARD.decode(text.trim()).ok().context(help)?;
        ensure!(bytes.len() == KEY_BYTES, "{help}; this one has {} bytes", bytes.len());
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(&bytes);
        Ok(Self::new(key))
    }
}
