//! `POST /hooks/github`.

use axum::{
    extract::{Request, State},
    response::Response,
};
use hmac::{Hmac, Mac as _};
use http::{HeaderMap, HeaderName};
use model::project::Vcs;
use sha2::Sha256;
use store::inbox::NewDelivery;

use super::{
    answer::{self, Refused},
    body::{self, Received},
    state::HookState,
};

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
const DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");
const EVENT: HeaderName = HeaderName::from_static("x-github-event");

/// Verifies the signature over the raw bytes, stores the delivery, answers.
pub(super) async fn receive(State(state): State<HookState>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let key = state.github.as_ref().ok_or(Refused::Unsigned(
        "this server has no webhook secret for GitHub: set ROUNDHOUSE_GITHUB_WEBHOOK_SECRET to the secret of the GitHub \
         App's webhook",
    ))?;
    // A request that cannot be valid is refused before its body is read.
    let signature = signature(&headers)?;
    let Received { bytes, memory: _memory } = body::read(&headers, body, &state.memory).await?;
    verify(key, &bytes, &signature)?;
    let guid = name(&headers, &DELIVERY).ok_or(Refused::BadHeader("the header X-GitHub-Delivery is missing"))?;
    let event = name(&headers, &EVENT).ok_or(Refused::BadHeader("the header X-GitHub-Event is missing"))?;
    let delivery = NewDelivery {
        vcs: Vcs::GitHub,
        guid: guid.to_owned(),
        event: event.to_owned(),
        body: bytes,
        received_at: state.clock.now(),
    };
    let stored = state.inbox.insert(delivery).await.map_err(Refused::NotStored)?;
    Ok(answer::stored("GitHub", stored))
}

/// The one signature: `sha256=` and 64 lower-case digits.
fn signature(headers: &HeaderMap) -> Result<[u8; 32], Refused> {
    let mut all = headers.get_all(SIGNATURE).iter();
    let only = match (all.next(), all.next()) {
        (Some(only), None) => only,
        (None, _) => {
            return Err(Refused::Unsigned(
                "the header X-Hub-Signature-256 is missing: give the webhook the secret that is set as \
                 ROUNDHOUSE_GITHUB_WEBHOOK_SECRET",
            ));
        }
        (Some(_), Some(_)) => return Err(Refused::Unsigned("there is more than one X-Hub-Signature-256 header")),
    };
    only.as_bytes().strip_prefix(b"sha256=").and_then(lower_hex).ok_or(Refused::Unsigned(
        "the header X-Hub-Signature-256 must be `sha256=` and 64 lower-case hexadecimal digits",
    ))
}

/// 32 bytes in lower-case hexadecimal digits.
fn lower_hex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let text: &[u8; 64] = text.try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn verify(key: &Hmac<Sha256>, body: &[u8], signature: &[u8; 32]) -> Result<(), Refused> {
    let mut mac = key.clone();
    mac.update(body);
    mac.verify_slice(signature).map_err(|_| {
        Refused::Unsigned(
            "the signature is not that of this body with our secret: the webhook's secret and \
             ROUNDHOUSE_GITHUB_WEBHOOK_SECRET must be the same",
        )
    })
}

/// A header that holds a short name, exactly once.
pub(super) fn name<'h>(headers: &'h HeaderMap, header: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(header).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    only.to_str().ok().map(str::trim).filter(|text| !text.is_empty() && text.len() <= 200)
}
