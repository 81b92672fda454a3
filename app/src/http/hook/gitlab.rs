//! `POST /hooks/gitlab`.

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, HeaderName};
use model::project::Vcs;
use sha2::{Digest as _, Sha256};
use store::inbox::NewDelivery;
use subtle::ConstantTimeEq as _;

use super::{
    answer::{self, Refused},
    body::{self, Received},
    github::name,
    state::HookState,
};

const TOKEN: HeaderName = HeaderName::from_static("x-gitlab-token");
const EVENT: HeaderName = HeaderName::from_static("x-gitlab-event");
/// The same for every try of one delivery, since GitLab 17.4.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// One for each try of a delivery, since GitLab 16.2. (`X-Gitlab-Event-UUID` is no delivery's id: all webhooks that one
/// request to GitLab sets off share it.)
const WEBHOOK_UUID: HeaderName = HeaderName::from_static("x-gitlab-webhook-uuid");

/// Compares the token, stores the delivery, answers.
pub(super) async fn receive(State(state): State<HookState>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let token = state.gitlab.as_ref().ok_or(Refused::Unsigned(
        "this server has no webhook secret for GitLab: set ROUNDHOUSE_GITLAB_WEBHOOK_SECRET to the secret token of the \
         webhook",
    ))?;
    verify(token, &headers)?;
    let Received { bytes, memory: _memory } = body::read(&headers, body, &state.memory).await?;
    let event = name(&headers, &EVENT).ok_or(Refused::BadHeader("the header X-Gitlab-Event is missing"))?;
    let guid = match name(&headers, &IDEMPOTENCY_KEY).or_else(|| name(&headers, &WEBHOOK_UUID)) {
        Some(id) => id.to_owned(),
        // Older versions say nothing: the same body is then the same delivery.
        None => format!("sha256:{:x}", Hex(Sha256::digest(&bytes).into())),
    };
    let delivery =
        NewDelivery { vcs: Vcs::GitLab, guid, event: event.to_owned(), body: bytes, received_at: state.clock.now() };
    let stored = state.inbox.insert(delivery).await.map_err(Refused::NotStored)?;
    Ok(answer::stored("GitLab", stored))
}

fn verify(digest: &[u8; 32], headers: &HeaderMap) -> Result<(), Refused> {
    let mut all = headers.get_all(TOKEN).iter();
    let only = match (all.next(), all.next()) {
        (Some(only), None) => only,
        (None, _) => {
            return Err(Refused::Unsigned(
                "the header X-Gitlab-Token is missing: give the webhook the secret token that is set as \
                 ROUNDHOUSE_GITLAB_WEBHOOK_SECRET",
            ));
        }
        (Some(_), Some(_)) => return Err(Refused::Unsigned("there is more than one X-Gitlab-Token header")),
    };
    let given: [u8; 32] = Sha256::digest(only.as_bytes()).into();
    if bool::from(given.ct_eq(digest)) {
        Ok(())
    } else {
        Err(Refused::Unsigned("the secret token of the webhook and ROUNDHOUSE_GITLAB_WEBHOOK_SECRET must be the same"))
    }
}

struct Hex([u8; 32]);

impl std::fmt::LowerHex for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
