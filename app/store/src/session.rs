//! Sessions: browsers that are logged in.

use model::{id::UserId, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{
    Result, Tx,
    token::TokenId,
    user::{User, UserRow},
};

/// A session to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// SHA-256 of its cookie.
    pub hash: &'a [u8; 32],
    /// Whose.
    pub user: UserId,
    /// The API token that it is opened with, if it is: it ends with that.
    pub token: Option<TokenId>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Opens a session. Those that are over are removed.
pub async fn create(tx: &mut Tx, new: NewSession<'_>, now: Timestamp) -> Result<()> {
    let NewSession { hash, user, token, expires_at } = new;
    let (hash, user, token) = (hash.as_slice(), user.to_string(), token.map(|token| token.0));
    let (now, expires_at) = (now.millis(), expires_at.millis());
    sqlx::query!("DELETE FROM session WHERE expires_at <= ?1", now).execute(tx.db()).await?;
    sqlx::query!(
        "INSERT INTO session (hash, user_id, token_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        hash,
        user,
        token,
        now,
        expires_at
    )
    .execute(tx.db())
    .await?;
    Ok(())
}

/// Whose session has a cookie with this SHA-256, unless it is over.
pub async fn find_user(db: impl SqliteExecutor<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<User>> {
    let (hash, now) = (hash.as_slice(), now.millis());
    sqlx::query_as!(
        UserRow,
        r#"SELECT u.id AS "id!", u.vcs, u.forge_id, u.login AS "login!", u.name, u.is_admin AS "is_admin!",
                  u.created_at AS "created_at!"
           FROM session s JOIN user u ON u.id = s.user_id WHERE s.hash = ?1 AND s.expires_at > ?2"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await?
    .map(User::try_from)
    .transpose()
}

/// Ends a session.
pub async fn remove(tx: &mut Tx, hash: &[u8; 32]) -> Result<()> {
    let hash = hash.as_slice();
    sqlx::query!("DELETE FROM session WHERE hash = ?1", hash).execute(tx.db()).await?;
    Ok(())
}
