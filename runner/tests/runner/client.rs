//! The protocol over HTTP: what goes out, and what the answers mean.

use model::{
    event::StepKey,
    id::TaskId,
    protocol::{About, ClaimRequest, EventReport, Offers, TaskToken, Unclaim, VERSION},
    time::Timestamp,
};
use runner::{HttpServer, LogChunk, RunnerSettings, Server, ServerError, TaskCredentials};
use serde_json::json;
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_bytes, header, method, path, query_param},
};

fn client(url: &str) -> HttpServer {
    // A second call finds the provider of the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = RunnerSettings::new("test", url, "runner-token".to_owned().into(), std::path::PathBuf::new());
    HttpServer::new(&settings).unwrap()
}

fn task() -> TaskCredentials {
    TaskCredentials { task: TaskId::from_uuid(Uuid::from_u128(7)), token: TaskToken::new("task-token".to_owned()) }
}

const TASK: &str = "/api/runner/v1/tasks/00000000-0000-0000-0000-000000000007";

fn claim() -> ClaimRequest {
    ClaimRequest {
        claim_id: Uuid::from_u128(1),
        runner: "test".to_owned(),
        version: VERSION,
        offers: Offers { docker: true, machine: false, resource_classes: vec!["acme/gpu".to_owned()] },
        wait_ms: 5,
        about: About::default(),
    }
}

#[tokio::test]
async fn a_claim_carries_the_runners_token_and_may_find_nothing() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/runner/v1/claim"))
        .and(header("authorization", "Bearer runner-token"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    // A slash at the end of the address is one too many.
    assert!(client(&format!("{}/", server.uri())).claim(&claim()).await.unwrap().is_none());
    let sent: serde_json::Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert_eq!(sent["offers"], json!({ "docker": true, "machine": false, "resource_classes": ["acme/gpu"] }));
    assert_eq!((&sent["version"], &sent["wait_ms"]), (&json!(1), &json!(5)));
}

#[tokio::test]
async fn log_bytes_go_as_they_are() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path(format!("{TASK}/logs/3/1")))
        .and(query_param("offset", "512"))
        .and(header("authorization", "Bearer task-token"))
        .and(header("x-roundhouse-at", "1700000000000"))
        .and(body_bytes(b"\x00\xff\r\n".as_slice()))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "have": 516 })))
        .expect(1)
        .mount(&server)
        .await;
    let chunk = LogChunk {
        key: StepKey { step: 3, attempt: 1 },
        offset: 512,
        at: Timestamp::from_millis(1_700_000_000_000),
        bytes: b"\x00\xff\r\n".as_slice().into(),
    };
    assert_eq!(client(&server.uri()).append_log(&task(), &chunk).await.unwrap().have, 516);
}

#[tokio::test]
async fn events_renewals_and_unclaims_are_posted() {
    let server = MockServer::start().await;
    let answers = [
        ("events", ResponseTemplate::new(200).set_body_json(json!({ "seq": 4 }))),
        ("renew", ResponseTemplate::new(200).set_body_json(json!({ "lease_ms": 9, "fence_ms": 7, "cancel": true }))),
        ("unclaim", ResponseTemplate::new(204)),
    ];
    for (call, answer) in answers {
        let mock = Mock::given(method("POST")).and(path(format!("{TASK}/{call}")));
        mock.and(header("authorization", "Bearer task-token")).respond_with(answer).expect(1).mount(&server).await;
    }
    let client = client(&server.uri());
    assert_eq!(client.report(&task(), &EventReport::from(Vec::new())).await.unwrap().seq, 4);
    let renewal = client.renew(&task()).await.unwrap();
    assert_eq!((renewal.lease_ms, renewal.fence_ms, renewal.cancel), (9, 7, true));
    client.unclaim(&task(), &Unclaim { reason: "restarted".to_owned() }).await.unwrap();
}

#[tokio::test]
async fn every_status_means_one_thing() {
    use ServerError as E;
    let own = |status: u16| ResponseTemplate::new(status).set_body_json(json!({ "message": "why" }));
    let cases = [
        (own(401), E::Unauthorized),
        (own(404), E::Fenced),
        (
            ResponseTemplate::new(404).set_body_string("no such host"),
            E::Unavailable("HTTP 404: no such host".to_owned()),
        ),
        (own(409), E::Fenced),
        (own(413), E::Refused("HTTP 413: why".to_owned())),
        (own(422), E::Refused("HTTP 422: why".to_owned())),
        (own(429), E::Unavailable("HTTP 429: why".to_owned())),
        (own(503), E::Unavailable("HTTP 503: why".to_owned())),
        (ResponseTemplate::new(302), E::Unavailable("HTTP 302:".to_owned())),
    ];
    for (answer, expected) in cases {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        let error = client(&server.uri()).renew(&task()).await.unwrap_err();
        // A reason may be empty, and then ends with a blank that is no part of it.
        assert_eq!(error.to_string().trim_end(), expected.to_string());
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_no_answer() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_string("<html>")).mount(&server).await;
    assert!(matches!(client(&server.uri()).renew(&task()).await, Err(ServerError::Unavailable(_))));
    drop(server);
    let error = client("http://127.0.0.1:1").renew(&task()).await.unwrap_err();
    let ServerError::Unavailable(reason) = error else { panic!("{error}") };
    assert!(reason.contains("refused"), "{reason}");
}
