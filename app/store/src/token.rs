//! API tokens of users. Only hashes are stored: a token is shown once, by whoever made it.

use model::{id::UserId, time::Timestamp};
use sqlx::SqliteExecutor;

use crate::{
    Result, Tx, row,
    user::{User, UserRow},
};

/// Uses of a token within so long of each other are noted once.
const USE_NOTED_EVERY_MS: i64 = 5 * 60_000;

/// An API token's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub i64);

/// An API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// Whose.
    pub user_id: UserId,
    /// What it is for, in its owner's words.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last opened something, to within some minutes.
    pub last_used_at: Option<Timestamp>,
}

/// Stores a token by its SHA-256.
pub async fn create(tx: &mut Tx, user: UserId, label: &str, hash: &[u8; 32], now: Timestamp) -> Result<TokenId> {
    let (user, hash, now) = (user.to_string(), hash.as_slice(), now.millis());
    let id = sqlx::query_scalar!(
        r#"INSERT INTO api_token (user_id, label, hash, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id AS "id!: i64""#,
        user,
        label,
        hash,
        now
    )
    .fetch_one(tx.db())
    .await?;
    Ok(TokenId(id))
}

/// The token with this SHA-256, and whose it is; `true` when its use should be noted.
pub async fn find(
    db: impl SqliteExecutor<'_>,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(TokenId, User, bool)>> {
    let hash = hash.as_slice();
    let found = sqlx::query!(
        r#"SELECT t.id AS "token_id!: i64", t.last_used_at, u.id AS "id!", u.vcs, u.forge_id, u.login AS "login!", u.name,
                  u.is_admin AS "is_admin!", u.created_at AS "created_at!"
           FROM api_token t JOIN user u ON u.id = t.user_id WHERE t.hash = ?1"#,
        hash
    )
    .fetch_optional(db)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let is_news = found.last_used_at.is_none_or(|last| now.millis().saturating_sub(last) >= USE_NOTED_EVERY_MS);
    let user = UserRow {
        id: found.id,
        vcs: found.vcs,
        forge_id: found.forge_id,
        login: found.login,
        name: found.name,
        is_admin: found.is_admin,
        created_at: found.created_at,
    };
    Ok(Some((TokenId(found.token_id), user.try_into()?, is_news)))
}

/// It was used.
pub async fn set_used(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<()> {
    let now = now.millis();
    sqlx::query!("UPDATE api_token SET last_used_at = ?2 WHERE id = ?1", id.0, now).execute(tx.db()).await?;
    Ok(())
}

/// All tokens, by number.
pub async fn list(db: impl SqliteExecutor<'_>) -> Result<Vec<Token>> {
    sqlx::query!("SELECT id, user_id, label, created_at, last_used_at FROM api_token ORDER BY id")
        .fetch_all(db)
        .await?
        .into_iter()
        .map(|token| {
            Ok(Token {
                id: TokenId(token.id),
                user_id: row::text("user_id", &token.user_id)?,
                label: token.label,
                created_at: row::time(token.created_at),
                last_used_at: token.last_used_at.map(row::time),
            })
        })
        .collect()
}

/// Revokes a token, and ends the sessions that were opened with it. Tells whether there was one.
pub async fn remove(tx: &mut Tx, id: TokenId) -> Result<bool> {
    let gone = sqlx::query!("DELETE FROM api_token WHERE id = ?1", id.0).execute(tx.db()).await?;
    Ok(gone.rows_affected() > 0)
}
