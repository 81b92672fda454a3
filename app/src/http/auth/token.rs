//! API tokens: random text with a prefix by which it can be found where it was left lying. Only hashes are stored.

use model::id::UserId;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use store::{Store, token, user::User};

use super::{AuthState, Denied};
use crate::{clock::Clock, random};

/// In front of every token.
pub(super) const PREFIX: &str = "rht_";

/// Makes a token for a user. It is never shown again.
///
/// # Errors
/// The store cannot be written.
pub async fn create(store: &Store, clock: &Clock, user: UserId, label: &str) -> store::Result<SecretString> {
    let secret = format!("{PREFIX}{}", random::secret());
    let mut tx = store.begin().await?;
    token::create(&mut tx, user, label, &hash(&secret), clock.now()).await?;
    tx.commit().await?;
    Ok(secret.into())
}

/// Whose token it is.
pub(super) async fn authenticate(auth: &AuthState, secret: &str) -> Result<User, Denied> {
    find(auth, secret).await?.map(|(_, user)| user).ok_or(Denied::BadToken)
}

/// The token with this text, and whose it is. Its use is noted.
pub(super) async fn find(auth: &AuthState, secret: &str) -> store::Result<Option<(token::TokenId, User)>> {
    let now = auth.clock.now();
    let Some((id, user, is_news)) = token::find(auth.store.read(), &hash(secret), now).await? else {
        return Ok(None);
    };
    if is_news {
        let mut tx = auth.store.begin().await?;
        token::set_used(&mut tx, id, now).await?;
        tx.commit().await?;
    }
    Ok(Some((id, user)))
}

/// What is stored of a secret that is random: no password, so one round is enough.
pub(super) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}
