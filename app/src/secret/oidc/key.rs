//! A key that signs tokens.

use std::fmt;

use ::ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use anyhow::{Context, anyhow};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey, LineEnding},
    rand_core::OsRng,
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// Bits of a new key: the least that clouds accept, and the most that keeps tokens short.
const BITS: usize = 2048;

/// Signs tokens.
pub struct SigningKey {
    key: RsaKeyPair,
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
        let pem = pem.expose_secret().as_bytes();
        let key = match PrivateKeyDer::from_pem_slice(pem).context(wrong)? {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(anyhow!("it is no RSA key")).context(wrong),
        };
        let key = key.map_err(|rejected| anyhow!("{rejected}")).context(wrong)?;
        let public = EncodingKey::from_rsa_pem(pem).context(wrong)?;
        let mut jwk = Jwk::from_encoding_key(&public, Algorithm::RS256).context(wrong)?;
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
        let part = |json: serde_json::Result<Vec<u8>>| json.map(|json| BASE64_URL_SAFE_NO_PAD.encode(json));
        let failed = "failed to write a token down";
        let (header, claims) = (part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims)));
        let signed = format!("{}.{}", header.context(failed)?, claims.context(failed)?);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| anyhow!("failed to sign a token: the key is damaged"))?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}
