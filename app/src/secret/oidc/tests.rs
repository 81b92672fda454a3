use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use model::time::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use store::{
    Store, StoreOptions,
    oidc_key::{self, OidcKey},
    secret::Sealed,
};
use tempfile::TempDir;

use super::{
    LIFE_MS, OidcKeys, SigningKey, Takeover,
    ring::{published, signer},
};
use crate::{
    clock::Clock,
    secret::{Vault, rotate},
};

const KEY: &str = include_str!("../../../../tests/forge/src/github/key_for_tests.pem");
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const MINUTE: i64 = 60_000;

/// The claims of a token that one of these keys has signed.
fn read(token: &str, keys: &JwkSet) -> Option<Value> {
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(keys.find(&kid)?).unwrap();
    Some(jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims)
}

struct Kit {
    store: Store,
    clock: Clock,
    vault: Vault,
    keys: OidcKeys,
    _directory: TempDir,
}

async fn kit() -> Kit {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
    let (clock, vault) = (Clock::manual(NOW), Vault::open(directory.path(), None).unwrap());
    let keys = OidcKeys::new(store.clone(), clock.clone(), vault.clone());
    Kit { store, clock, vault, keys, _directory: directory }
}

#[test]
fn a_key_is_named_by_its_thumbprint_and_signs_alike() {
    let key = SigningKey::read(&SecretString::from(KEY.to_owned())).unwrap();
    let jwk = serde_json::to_value(key.jwk()).unwrap();
    assert_eq!((&jwk["kty"], &jwk["use"], &jwk["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
    assert_eq!(jwk["kid"], key.kid());
    let keys = JwkSet { keys: vec![key.jwk().clone()] };
    let token = key.sign(&json!({ "sub": "somebody" })).unwrap();
    assert_eq!(
        token,
        key.sign(&json!({ "sub": "somebody" })).unwrap(),
        "the log of a job that is taken up again is masked"
    );
    assert_eq!(read(&token, &keys), Some(json!({ "sub": "somebody" })));
    assert!(!format!("{key:?}").contains("PRIVATE"));
    assert!(SigningKey::read(&SecretString::from("no key".to_owned())).is_err());
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_tokens_are_over() {
    let Kit { store, clock, vault, keys, _directory } = kit().await;
    let first = keys.published().await.unwrap();
    assert_eq!(first.keys.len(), 1, "the first key is made when it is asked for");
    let old = keys.signer(NOW).await.unwrap();
    let token = old.sign(&json!({ "n": 1 })).unwrap();

    let rotated = keys.rotate(Takeover::Announced).await.unwrap();
    assert_eq!(rotated.signs_from, NOW.plus_millis(10 * MINUTE));
    assert_eq!(keys.published().await.unwrap().keys.len(), 2);
    assert_eq!(keys.signer(clock.now()).await.unwrap().kid(), old.kid());
    clock.advance_millis(10 * MINUTE);
    assert_eq!(keys.signer(clock.now()).await.unwrap().kid(), rotated.kid);
    assert_eq!(keys.signer(NOW).await.unwrap().kid(), old.kid(), "what was signed before is signed alike again");
    clock.advance_millis(LIFE_MS);
    assert!(read(&token, &keys.published().await.unwrap()).is_some());
    clock.advance_millis(10 * MINUTE);
    assert_eq!(read(&token, &keys.published().await.unwrap()), None);
    assert_eq!(oidc_key::list(store.read()).await.unwrap().len(), 2, "it can still sign what it had signed");

    // A new master key seals these, too.
    rotate(&store, &vault).await.unwrap();
    assert_eq!(keys.signer(clock.now()).await.unwrap().kid(), rotated.kid);

    clock.advance_millis(24 * 60 * MINUTE);
    let at_once = keys.rotate(Takeover::AtOnce).await.unwrap();
    let left = keys.published().await.unwrap();
    assert_eq!(left.keys.len(), 1);
    assert!(left.find(&at_once.kid).is_some());
    assert_eq!(keys.signer(clock.now()).await.unwrap().kid(), at_once.kid);
    assert_eq!(oidc_key::list(store.read()).await.unwrap().len(), 1);
}

#[test]
fn the_newest_key_that_has_begun_signs() {
    let key = |kid: &str, minutes: i64| OidcKey {
        kid: kid.to_owned(),
        jwk: String::new(),
        sealed: Sealed(Vec::new()),
        signs_from: NOW.plus_millis(minutes * MINUTE),
        created_at: NOW,
    };
    let keys = [key("next", 10), key("now", -30), key("before", -90), key("long ago", -300)];
    let at = |minutes: i64| signer(&keys, NOW.plus_millis(minutes * MINUTE)).map(|key| key.kid.as_str());
    assert_eq!(
        [at(10), at(9), at(-30), at(-31), at(-1000)],
        [Some("next"), Some("now"), Some("now"), Some("before"), Some("long ago")]
    );
    let shown = |minutes: i64| -> Vec<String> {
        published(&keys, NOW.plus_millis(minutes * MINUTE)).map(|key| key.kid.clone()).collect()
    };
    assert_eq!(shown(0), ["next", "now", "before"]);
    assert_eq!(shown(40), ["next", "now"]);
    assert_eq!(shown(80), ["next"]);
    assert!(signer(&[], NOW).is_none());
}
