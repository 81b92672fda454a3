//! A key that signs tokens.

use std::fmt;

use anyhow::Context;
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
    rand_core::OsRng,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// Bits of a new key: the least that clouds accept, and the most that keeps tokens short.
const BITS: usize = 2048;

/// Signs tokens.
pub struct SigningKey {
    key: EncodingKey,
    jwk: Jwk,
    kid: String,
}

impl SigningKey {
    /// A new key's private part, as it is written down (PKCS#8, PEM). Takes a good part of a second.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn generate() -> anyhow::Result<SecretString> {
        let key = RsaPrivateKey::new(&mut OsRng, BITS).context("failed to make a key for tokens")?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).context("failed to write a key for tokens down")?;
        Ok(SecretString::from(pem.as_str().to_owned()))
    }

    /// The key with this private part.
    ///
    /// # Errors
    /// It is not the private part of an RSA key.
    pub fn read(pem: &SecretString) -> anyhow::Result<Self> {
        let wrong = "failed to read a key for tokens";
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes()).context(wrong)?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).context(wrong)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256);
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, jwk, kid })
    }

    /// Names it in tokens: the thumbprint of its public part (RFC 7638).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public part, as it is published.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// A token with these claims. The same claims make the same token.
    ///
    /// # Errors
    /// The claims are no JSON object, or the key is damaged.
    pub fn sign(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.key).context("failed to sign a token")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}
