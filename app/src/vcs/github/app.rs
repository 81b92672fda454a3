//! The GitHub App itself: signs its own tokens (JWT, RS256), finds its installations, makes installation tokens.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::time::Timestamp;
use octocrab::Octocrab;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    client::{Answer, GitHub, Request},
    token::{Permissions, Purpose, Token},
};
use crate::vcs::{error::ForgeError, forges::RepositoryHandle};

/// How far back a token of the App is dated, in seconds: for clocks that are not in step.
const DATED_BACK_S: i64 = 60;
/// How long it is good from now on, in seconds. GitHub takes no token that lives longer than ten minutes in all.
const GOOD_FOR_S: i64 = 9 * 60;

/// The client and the App's key: made when they are first needed, because that reads the system's certificates.
#[derive(Debug, Default)]
pub(super) struct App(Mutex<Option<AppClient>>);

/// The client and the App's key.
#[derive(Clone)]
pub(super) struct AppClient {
    /// Sends requests; credentials are added to each.
    pub client: Octocrab,
    id: u64,
    key: EncodingKey,
}

impl fmt::Debug for AppClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppClient").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the App says of itself.
#[derive(Serialize)]
struct Claims {
    iss: u64,
    iat: i64,
    exp: i64,
}

impl AppClient {
    /// The App's own token (JWT, RS256).
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign(&self, now: Timestamp) -> Result<SecretString, ForgeError> {
        let now = now.millis() / 1000;
        let claims = Claims { iss: self.id, iat: now - DATED_BACK_S, exp: now + GOOD_FOR_S };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key).map(SecretString::from).map_err(
            |error| {
                ForgeError::permanent(format!(
                    "the GitHub App's private key (ROUNDHOUSE_GITHUB_PRIVATE_KEY) cannot sign: {error}"
                ))
            },
        )
    }
}

impl App {
    /// The client. Cheap to call again.
    ///
    /// # Errors
    /// The App's settings cannot be used, with what to do.
    pub fn client(&self, api_url: &str, app: Option<&(u64, SecretString)>) -> Result<AppClient, ForgeError> {
        let mut client = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(client.clone());
        }
        let Some((id, key)) = app else {
            return Err(ForgeError::permanent(
                "GitHub is not set up here: set ROUNDHOUSE_GITHUB_APP_ID and ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE",
            ));
        };
        let key = EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()).map_err(|error| {
            ForgeError::permanent(format!(
                "the GitHub App's private key (ROUNDHOUSE_GITHUB_PRIVATE_KEY) is not an RSA key in PEM form ({error}): \
                 use the .pem file that GitHub made for the App"
            ))
        })?;
        // Octocrab could sign for the App too, but not for one repository and some permissions, nor by our clock.
        let built = Octocrab::builder()
            .base_uri(api_url)
            .and_then(|builder| builder.build())
            .map_err(|error| ForgeError::permanent(format!("could not make a client for `{api_url}`: {error}")))?;
        Ok(client.insert(AppClient { client: built, id: *id, key }).clone())
    }
}

#[derive(Serialize)]
struct TokenRequest {
    repository_ids: [i64; 1],
    permissions: Permissions,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
    expires_at: jiff::Timestamp,
}

#[derive(Deserialize)]
struct Installation {
    id: i64,
}

impl GitHub {
    /// A token for one repository and one purpose: one in hand, or a new one.
    pub(super) async fn token(
        &self,
        repository: &RepositoryHandle,
        purpose: Purpose,
        refused: Option<&SecretString>,
    ) -> Result<SecretString, ForgeError> {
        let now = self.clock.now();
        let slot = self.tokens.slot(repository.forge_id, purpose, now);
        let mut slot = slot.lock().await;
        if let Some(token) = &*slot {
            let was_refused = refused.is_some_and(|refused| refused.expose_secret() == token.text.expose_secret());
            if token.serves(purpose, now) && !was_refused {
                return Ok(token.text.clone());
            }
        }
        let token = self.mint(repository, purpose).await?;
        Ok(slot.insert(token).text.clone())
    }

    async fn mint(&self, repository: &RepositoryHandle, purpose: Purpose) -> Result<Token, ForgeError> {
        let installation = match repository.installation_id {
            Some(id) => id,
            None => self.find_installation(repository).await?,
        };
        let name = repository.slug.full_name();
        let body = TokenRequest { repository_ids: [repository.forge_id], permissions: purpose.permissions() };
        let answer = self
            .ask_as_app(Request {
                method: Method::POST,
                path: format!("/app/installations/{installation}/access_tokens"),
                accept: None,
                body: serde_json::to_value(body).ok(),
            })
            .await?;
        match answer.status.as_u16() {
            404 => Err(ForgeError::permanent(format!(
                "the GitHub App is not installed on `{name}` any more (installation {installation}): install it again"
            ))),
            422 => Err(ForgeError::permanent(format!(
                "GitHub gives no token for `{name}` ({}): the App needs access to that repository and the permission \
                 `{}`; check both in the settings of the App and of its installation",
                answer.message(),
                purpose.permission_text(),
            ))),
            _ => {
                let what = format!("make a token for `{name}`");
                let TokenAnswer { token, expires_at } = self.accept(answer, &what, purpose)?.json(&what)?;
                Ok(Token { text: token.into(), expires_at: Timestamp::from_millis(expires_at.as_millisecond()) })
            }
        }
    }

    /// For events that did not come through the App's own webhook.
    async fn find_installation(&self, repository: &RepositoryHandle) -> Result<i64, ForgeError> {
        let name = repository.slug.full_name();
        let answer: Answer = self
            .ask_as_app(Request {
                method: Method::GET,
                path: format!("/repos/{name}/installation"),
                accept: None,
                body: None,
            })
            .await?;
        if answer.status == 404 {
            return Err(ForgeError::permanent(format!(
                "the GitHub App is not installed on `{name}`: install it there"
            )));
        }
        let what = format!("find the App's installation on `{name}`");
        let Installation { id } = self.accept(answer, &what, Purpose::Read)?.json(&what)?;
        Ok(id)
    }
}
