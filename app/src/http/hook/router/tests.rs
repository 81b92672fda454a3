use axum::{
    body::{Body, Bytes},
    http::Request,
};
use fake_forge::delivery::hmac_sha256_hex;
use futures_util::stream;
use http::StatusCode;
use http_body_util::BodyExt;
use model::{project::Vcs, time::Timestamp};
use secrecy::SecretString;
use store::{Store, StoreOptions, delivery};
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;
use crate::{
    clock::Clock,
    http::hook::{answer, body},
};

const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = br#"{"zen":"Keep it logically awesome."}"#;
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

struct Hooks {
    router: Router,
    store: Store,
    _directory: TempDir,
}

impl Hooks {
    async fn new() -> Self {
        Self::with(Some(SECRET), Some(SECRET)).await
    }

    async fn with(github: Option<&str>, gitlab: Option<&str>) -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
        let secret = |text: Option<&str>| text.map(|text| SecretString::from(text.to_owned()));
        let (github, gitlab) = (secret(github), secret(gitlab));
        let state = HookState::new(store.inbox().clone(), Clock::manual(NOW), github.as_ref(), gitlab.as_ref());
        Self { router: router(state), store, _directory: directory }
    }

    async fn send(&self, request: Request<Body>) -> (u16, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        (status, body["message"].as_str().unwrap().to_owned())
    }

    async fn status(&self, request: Request<Body>) -> u16 {
        self.send(request).await.0
    }

    async fn stored(&self) -> Option<delivery::Delivery> {
        delivery::next_due(self.store.read(), NOW).await.unwrap()
    }
}

fn signature(secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hmac_sha256_hex(secret.as_bytes(), body))
}

fn github(guid: &str, signature: &str, body: &[u8]) -> Request<Body> {
    Request::post("/hooks/github")
        .header("x-github-event", "ping")
        .header("x-github-delivery", guid)
        .header("x-hub-signature-256", signature)
        .header("content-length", body.len())
        .body(Body::from(body.to_vec()))
        .unwrap()
}

fn signed(guid: &str, body: &[u8]) -> Request<Body> {
    github(guid, &signature(SECRET, body), body)
}

fn gitlab(headers: &[(&str, &str)], body: &[u8]) -> Request<Body> {
    let mut request = Request::post("/hooks/gitlab").header("x-gitlab-event", "Push Hook");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_vec())).unwrap()
}

#[tokio::test]
async fn a_signed_delivery_is_stored_byte_for_byte() {
    let hooks = Hooks::new().await;
    assert_eq!(hooks.send(signed("guid-1", BODY)).await, (202, "stored".to_owned()));
    let stored = hooks.stored().await.unwrap();
    assert_eq!((stored.vcs, stored.guid.as_str(), stored.event.as_str()), (Vcs::GitHub, "guid-1", "ping"));
    assert_eq!((stored.body.as_slice(), stored.received_at), (BODY, NOW));
}

#[tokio::test]
async fn a_repeat_is_recognised_and_another_body_refused() {
    let hooks = Hooks::new().await;
    assert_eq!(hooks.status(signed("guid-1", BODY)).await, 202);
    for _ in 0..100 {
        assert_eq!(hooks.status(signed("guid-1", BODY)).await, 200);
    }
    assert_eq!(hooks.status(signed("guid-1", b"{}")).await, 409);
    assert_eq!(hooks.stored().await.unwrap().body, BODY);
}

#[tokio::test]
async fn a_signed_body_that_is_no_json_is_stored_all_the_same() {
    let hooks = Hooks::new().await;
    assert_eq!(hooks.status(signed("guid-1", &BODY[..10])).await, 202);
    assert_eq!(hooks.stored().await.unwrap().body, &BODY[..10]);
}

#[tokio::test]
async fn odd_signatures_are_refused_and_nothing_is_stored() {
    let hooks = Hooks::new().await;
    let good = signature(SECRET, BODY);
    let hex = good.strip_prefix("sha256=").unwrap();
    let odd = [
        String::new(),
        hex.to_owned(),
        "sha256=".to_owned(),
        format!("sha256={}", hex.to_uppercase()),
        format!("SHA256={hex}"),
        format!("sha1={hex}"),
        format!("sha1={}", &hex[..40]),
        format!("sha512={hex}{hex}"),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}\t"),
        format!("{good},{good}"),
        format!("sha256= {hex}"),
        format!("sha256={}", &hex[..63]),
        format!("sha256={}", &hex[..62]),
        format!("{good}00"),
        format!("sha256={}g", &hex[..63]),
        format!("sha256={}", "0".repeat(64)),
        signature("", BODY),
        signature("another secret", BODY),
        signature(SECRET, b"another body"),
    ];
    for signature in odd {
        assert_eq!(hooks.status(github("guid-1", &signature, BODY)).await, 401, "{signature:?}");
    }
    assert!(hooks.stored().await.is_none());
}

#[tokio::test]
async fn every_flipped_bit_of_a_signature_is_refused() {
    let hooks = Hooks::new().await;
    let good = hmac_sha256_hex(SECRET.as_bytes(), BODY);
    for bit in 0..256 {
        let mut bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&good[at * 2..at * 2 + 2], 16).unwrap()).collect();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hooks.status(github("guid-1", &format!("sha256={hex}"), BODY)).await, 401, "bit {bit}");
    }
    assert!(hooks.stored().await.is_none());
}

#[tokio::test]
async fn no_signature_or_two_are_refused_with_what_to_check() {
    let hooks = Hooks::new().await;
    let mut none = signed("guid-1", BODY);
    none.headers_mut().remove("x-hub-signature-256");
    let (status, message) = hooks.send(none).await;
    assert_eq!(status, 401);
    assert!(message.contains("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET"), "{message}");
    let mut two = signed("guid-1", BODY);
    two.headers_mut().append("x-hub-signature-256", signature(SECRET, BODY).parse().unwrap());
    assert_eq!(hooks.status(two).await, 401);
    assert!(hooks.stored().await.is_none());
}

#[tokio::test]
async fn a_forge_without_a_secret_is_refused() {
    for secret in [None, Some("")] {
        let hooks = Hooks::with(secret, secret).await;
        assert_eq!(hooks.status(github("guid-1", &signature("", BODY), BODY)).await, 401);
        let (status, message) = hooks.send(gitlab(&[("x-gitlab-token", "")], BODY)).await;
        assert_eq!(status, 401);
        assert!(message.contains("ROUNDHOUSE_GITLAB_WEBHOOK_SECRET"), "{message}");
        assert!(hooks.stored().await.is_none());
    }
}

#[tokio::test]
async fn the_headers_that_name_a_delivery_must_be_there() {
    let hooks = Hooks::new().await;
    for name in ["x-github-delivery", "x-github-event"] {
        let mut request = signed("guid-1", BODY);
        request.headers_mut().remove(name);
        assert_eq!(hooks.status(request).await, 400, "{name}");
    }
    assert!(hooks.stored().await.is_none());
}

#[tokio::test]
async fn a_body_that_is_declared_too_large_is_refused_before_it_is_read() {
    let hooks = Hooks::new().await;
    let mut request = Request::post("/hooks/github")
        .header("x-github-event", "push")
        .header("x-github-delivery", "guid-1")
        .header("x-hub-signature-256", format!("sha256={}", "0".repeat(64)))
        .header("content-length", 25 * 1024 * 1024 + 1)
        .body(Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()))
        .unwrap();
    assert_eq!(hooks.status(request).await, 413);
    request = signed("guid-1", BODY);
    request.headers_mut().insert("content-length", "4294967296000000000000".parse().unwrap());
    assert_eq!(hooks.status(request).await, 413);
}

#[tokio::test]
async fn a_body_of_undeclared_length_is_cut_off_at_the_limit() {
    let hooks = Hooks::new().await;
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1024 * 1024])));
    let request = Request::post("/hooks/github")
        .header("x-github-event", "push")
        .header("x-github-delivery", "guid-1")
        .header("x-hub-signature-256", format!("sha256={}", "0".repeat(64)))
        .body(Body::from_stream(endless))
        .unwrap();
    assert_eq!(hooks.status(request).await, 413);
}

#[tokio::test]
async fn a_large_body_within_the_limit_is_taken() {
    let hooks = Hooks::new().await;
    let body = vec![b' '; 25 * 1024 * 1024];
    assert_eq!(hooks.status(signed("guid-1", &body)).await, 202);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let directory = TempDir::new().unwrap();
    let memory = std::sync::Arc::new(tokio::sync::Semaphore::new(1024));
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let read = body::read(&http::HeaderMap::new(), never, &memory).await;
    assert!(matches!(read, Err(answer::Refused::TooSlow)));
    drop(directory);
}

#[tokio::test]
async fn bodies_take_no_more_memory_than_is_set() {
    let memory = std::sync::Arc::new(tokio::sync::Semaphore::new(4));
    let headers = http::HeaderMap::new();
    let first = body::read(&headers, Body::from(vec![0; 3000]), &memory).await.ok().unwrap();
    assert_eq!(memory.available_permits(), 1);
    let second = body::read(&headers, Body::from(vec![0; 3000]), &memory).await;
    assert!(matches!(second, Err(answer::Refused::Busy)));
    drop(first);
    assert_eq!(memory.available_permits(), 4);
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let hooks = Hooks::new().await;
    let mut request = signed("guid-1", BODY);
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(hooks.status(request).await, 415);
}

#[tokio::test]
async fn what_cannot_be_stored_is_answered_with_503() {
    let hooks = Hooks::new().await;
    hooks.store.close().await;
    let response = hooks.router.clone().oneshot(signed("guid-1", BODY)).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "60");
}

#[tokio::test]
async fn a_gitlab_delivery_is_named_by_its_idempotency_key() {
    let hooks = Hooks::new().await;
    let headers = |webhook_uuid: &'static str| {
        [
            ("x-gitlab-token", SECRET),
            ("idempotency-key", "key-1"),
            ("x-gitlab-webhook-uuid", webhook_uuid),
            ("x-gitlab-event-uuid", "shared"),
        ]
    };
    assert_eq!(hooks.status(gitlab(&headers("try-1"), BODY)).await, 202);
    assert_eq!(hooks.status(gitlab(&headers("try-2"), BODY)).await, 200);
    assert_eq!(hooks.status(gitlab(&headers("try-3"), b"{}")).await, 409);
    let stored = hooks.stored().await.unwrap();
    assert_eq!((stored.vcs, stored.guid.as_str(), stored.event.as_str()), (Vcs::GitLab, "key-1", "Push Hook"));
}

#[tokio::test]
async fn an_old_gitlab_delivery_is_named_by_its_uuid_or_its_body() {
    let hooks = Hooks::new().await;
    let named = [("x-gitlab-token", SECRET), ("x-gitlab-webhook-uuid", "try-1")];
    assert_eq!(hooks.status(gitlab(&named, BODY)).await, 202);
    assert_eq!(hooks.stored().await.unwrap().guid, "try-1");
    let nameless = [("x-gitlab-token", SECRET)];
    assert_eq!(hooks.status(gitlab(&nameless, BODY)).await, 202);
    assert_eq!(hooks.status(gitlab(&nameless, BODY)).await, 200);
    assert_eq!(hooks.status(gitlab(&nameless, b"{}")).await, 202);
}

#[tokio::test]
async fn a_wrong_gitlab_token_is_refused_and_nothing_is_stored() {
    let hooks = Hooks::new().await;
    let longer = format!("{SECRET}x");
    let wrong: [&[(&str, &str)]; 5] = [
        &[],
        &[("x-gitlab-token", "")],
        &[("x-gitlab-token", "wrong")],
        &[("x-gitlab-token", &longer)],
        &[("x-gitlab-token", SECRET), ("x-gitlab-token", SECRET)],
    ];
    for headers in wrong {
        assert_eq!(hooks.status(gitlab(headers, BODY)).await, 401, "{headers:?}");
    }
    assert!(hooks.stored().await.is_none());
}
