//! Which key signs, and which ones are published.
//!
//! A key is published for a while before it signs, so that whoever has kept the list for some minutes knows it when the first
//! token comes; and after another one has taken over, until the last token that it signed has run out.

use std::sync::{Arc, PoisonError};

use anyhow::Context;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use model::time::Timestamp;
use secrecy::SecretString;
use store::{
    Store,
    oidc_key::{self, OidcKey},
};
use tokio::sync::Mutex;

use super::key::SigningKey;
use crate::{
    clock::Clock,
    secret::{Owner, Vault},
};

/// How long a token is good for, in milliseconds: one hour, as on CircleCI.
pub const LIFE_MS: i64 = 3_600_000;

/// How long a new key is published before it signs, in milliseconds. Longer than anybody is told to keep the list.
const AHEAD_MS: i64 = 10 * 60_000;

/// How far other clocks may be behind, in milliseconds.
const LEEWAY_MS: i64 = 10 * 60_000;

/// How long a key's row is kept after another one has taken over, in milliseconds: longer than any job runs. A job that is
/// taken up again by its runner has to get the tokens that it has, for its log to be masked.
const KEPT_MS: i64 = 24 * 3_600_000;

/// How a new key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// First it is published. Every token that is around stays good.
    Announced,
    /// At once, and all others are forgotten: what they have signed is believed by nobody who reads the list anew.
    AtOnce,
}

/// A new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Its name in tokens.
    pub kid: String,
    /// From when it signs.
    pub signs_from: Timestamp,
}

/// The keys of a server. Clones share it.
#[derive(Clone, Debug)]
pub struct OidcKeys {
    store: Store,
    clock: Clock,
    vault: Vault,
    /// Who makes the first key.
    first: Arc<Mutex<()>>,
    /// The key that signed last, opened: every job wants two signatures.
    opened: Arc<std::sync::Mutex<Option<Arc<SigningKey>>>>,
}

impl OidcKeys {
    /// Over these rows. Nothing is made before it is needed.
    pub fn new(store: Store, clock: Clock, vault: Vault) -> Self {
        Self { store, clock, vault, first: Arc::default(), opened: Arc::default() }
    }

    /// The key that signs what is issued at this time. The first one is made here.
    ///
    /// # Errors
    /// Rows that cannot be read or written, a key that does not open.
    pub async fn signer(&self, at: Timestamp) -> anyhow::Result<Arc<SigningKey>> {
        let keys = self.keys().await?;
        let row = signer(&keys, at).context("there is no key that signs tokens")?;
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = opened().as_ref().filter(|key| key.kid() == row.kid) {
            return Ok(Arc::clone(key));
        }
        let pem = self.vault.unseal(Owner::OidcKey(&row.kid), &row.sealed)?;
        let key = Arc::new(SigningKey::read(&pem)?);
        *opened() = Some(Arc::clone(&key));
        Ok(key)
    }

    /// The public keys that tokens are checked with.
    ///
    /// # Errors
    /// Rows that cannot be read or written.
    pub async fn published(&self) -> anyhow::Result<JwkSet> {
        let keys = self.keys().await?;
        let keys = published(&keys, self.clock.now()).map(|row| serde_json::from_str::<Jwk>(&row.jwk));
        Ok(JwkSet { keys: keys.collect::<Result<_, _>>().context("failed to read a public key")? })
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// Rows that cannot be written.
    pub async fn rotate(&self, takeover: Takeover) -> anyhow::Result<Rotated> {
        let (now, new) = (self.clock.now(), make().await?);
        let mut tx = self.store.begin().await?;
        let known = oidc_key::list(tx.db()).await?;
        let announced = match takeover {
            Takeover::Announced => !known.is_empty(),
            Takeover::AtOnce => false,
        };
        let signs_from = if announced { now.plus_millis(AHEAD_MS) } else { now };
        let row = self.row(new, signs_from, now)?;
        let rotated = Rotated { kid: row.kid.clone(), signs_from };
        for old in forgotten(&known, takeover, now) {
            oidc_key::delete(&mut tx, &old.kid).await?;
        }
        oidc_key::create(&mut tx, &row).await?;
        tx.commit().await?;
        Ok(rotated)
    }

    /// All keys, the one that begins to sign last first. There is one at least.
    async fn keys(&self) -> anyhow::Result<Vec<OidcKey>> {
        let keys = oidc_key::list(self.store.read()).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        // It takes a while; nobody else in this process shall do it at the same time.
        let _first = self.first.lock().await;
        let keys = oidc_key::list(self.store.read()).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let (now, new) = (self.clock.now(), make().await?);
        let mut tx = self.store.begin().await?;
        let mut keys = oidc_key::list(tx.db()).await?;
        if keys.is_empty() {
            let row = self.row(new, now, now)?;
            oidc_key::create(&mut tx, &row).await?;
            tx.commit().await?;
            keys.push(row);
        }
        Ok(keys)
    }

    fn row(&self, pem: SecretString, signs_from: Timestamp, now: Timestamp) -> anyhow::Result<OidcKey> {
        let key = SigningKey::read(&pem)?;
        let (kid, jwk) = (key.kid().to_owned(), serde_json::to_string(key.jwk()).context("failed to write a key")?);
        let sealed = self.vault.seal(Owner::OidcKey(&kid), &pem)?;
        Ok(OidcKey { kid, jwk, sealed, signs_from, created_at: now })
    }
}

async fn make() -> anyhow::Result<SecretString> {
    tokio::task::spawn_blocking(SigningKey::generate).await.context("making a key for tokens was stopped")?
}

/// Of keys in the order of the rows: the one that signs at a time; what is older than all of them is signed by the oldest.
pub(super) fn signer(keys: &[OidcKey], at: Timestamp) -> Option<&OidcKey> {
    keys.iter().find(|key| key.signs_from <= at).or_else(|| keys.last())
}

/// Of keys in the order of the rows: those that sign now or later, or did so less than this time ago.
fn needed(keys: &[OidcKey], now: Timestamp, since_ms: i64) -> usize {
    let over = keys.iter().position(|key| key.signs_from.plus_millis(since_ms) <= now);
    // The key after one that took over so long ago has signed nothing since.
    over.map_or(keys.len(), |last| last + 1)
}

/// Of keys in the order of the rows: those that tokens are checked with.
pub(super) fn published(keys: &[OidcKey], now: Timestamp) -> impl Iterator<Item = &OidcKey> {
    keys[..needed(keys, now, LIFE_MS + LEEWAY_MS)].iter()
}

/// Of keys in the order of the rows: those that a new one makes superfluous.
fn forgotten(keys: &[OidcKey], takeover: Takeover, now: Timestamp) -> &[OidcKey] {
    match takeover {
        Takeover::Announced => &keys[needed(keys, now, KEPT_MS)..],
        Takeover::AtOnce => keys,
    }
}
