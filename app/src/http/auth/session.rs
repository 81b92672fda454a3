//! Sessions of browsers.

use http::HeaderValue;
use store::{
    session::{self, NewSession},
    token::TokenId,
    user::User,
};

use super::{AuthState, credentials::COOKIE, token::hash};
use crate::random;

/// How long a session lasts.
const DAYS: i64 = 30;

/// Whose session a cookie is; `None` when it is over, or never was.
pub(super) async fn find_user(auth: &AuthState, cookie: &str) -> store::Result<Option<User>> {
    session::find_user(auth.store.read(), &hash(cookie), auth.clock.now()).await
}

/// Opens a session. Returns the header that gives it to the browser.
pub(super) async fn open(auth: &AuthState, user: &User, token: Option<TokenId>) -> store::Result<HeaderValue> {
    let (secret, now) = (random::secret(), auth.clock.now());
    let expires_at = now.plus_millis(DAYS * 86_400_000);
    let mut tx = auth.store.begin().await?;
    session::create(&mut tx, NewSession { hash: &hash(&secret), user: user.id, token, expires_at }, now).await?;
    tx.commit().await?;
    Ok(set_cookie(auth, &secret, DAYS * 86_400))
}

/// Ends the session of a cookie. Returns the header that takes it from the browser.
pub(super) async fn end(auth: &AuthState, cookie: Option<&str>) -> store::Result<HeaderValue> {
    if let Some(cookie) = cookie {
        let mut tx = auth.store.begin().await?;
        session::remove(&mut tx, &hash(cookie)).await?;
        tx.commit().await?;
    }
    Ok(set_cookie(auth, "", 0))
}

fn set_cookie(auth: &AuthState, value: &str, max_age_s: i64) -> HeaderValue {
    let secure = if auth.rules.https { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::try_from(text).expect("hexadecimal digits are no header's trouble");
    header.set_sensitive(true);
    header
}
