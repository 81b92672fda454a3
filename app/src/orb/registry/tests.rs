use serde_json::Value;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, method, path},
};

use super::*;

fn choose_tls() {
    // Every test chooses the same one: being second is no failure.
    rustls::crypto::ring::default_provider().install_default().ok();
}

async fn answer(response: ResponseTemplate) -> Result<Option<RegistryOrb>, OrbError> {
    choose_tls();
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/graphql"))
        .and(body_partial_json(json!({ "variables": { "ref": "circleci/node@5" } })))
        .respond_with(response)
        .expect(1)
        .mount(&server)
        .await;
    Registry::new(&format!("{}/graphql", server.uri())).fetch(&OrbRef::new("circleci/node@5")).await
}

fn json_answer(value: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

fn is_transient(result: &Result<Option<RegistryOrb>, OrbError>) -> bool {
    matches!(result, Err(OrbError::Transient(_)))
}

#[tokio::test]
async fn the_registry_says_version_and_source() {
    let body = json!({ "data": { "orbVersion": { "version": "5.2.0", "source": "version: 2.1\n", "id": "x" } } });
    let orb = answer(json_answer(&body)).await.unwrap().unwrap();
    assert_eq!(orb, RegistryOrb { version: "5.2.0".to_owned(), source: "version: 2.1\n".to_owned() });
    assert_eq!(answer(json_answer(&json!({ "data": { "orbVersion": null } }))).await, Ok(None));
}

#[tokio::test]
async fn refusals_are_sorted_by_what_to_do() {
    for status in [408, 429, 500, 502, 503] {
        assert!(is_transient(&answer(ResponseTemplate::new(status)).await), "{status}");
    }
    for status in [301, 302, 400, 401, 403, 404] {
        let response = ResponseTemplate::new(status).insert_header("location", "http://127.0.0.1:9/");
        let error = answer(response).await.unwrap_err();
        assert!(matches!(&error, OrbError::Permanent(text) if text.contains("orb_registry_url")), "{status}: {error}");
    }
    let error = answer(ResponseTemplate::new(200).set_body_string("<html>")).await.unwrap_err();
    assert!(
        matches!(&error, OrbError::Permanent(text) if text.contains("does not answer as an orb registry")),
        "{error}"
    );
    let said = json!({ "data": null, "errors": [{ "message": "namespace is private" }] });
    let error = answer(json_answer(&said)).await.unwrap_err();
    assert!(error.to_string().ends_with("the orb `circleci/node@5`: namespace is private"), "{error}");
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let orb = json!({ "data": { "orbVersion": { "version": "5.2.0", "source": "x".repeat(LARGEST_BYTES + 1) } } });
    let error = answer(json_answer(&orb)).await.unwrap_err();
    assert!(error.to_string().contains("an orb may have 3145728"), "{error}");
    let error =
        answer(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; ANSWER_LIMIT_BYTES + 1])).await.unwrap_err();
    assert!(error.to_string().contains("is larger than"), "{error}");
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_asked_again_later() {
    choose_tls();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    drop(listener);
    let result = Registry::new(&url).fetch(&OrbRef::new("circleci/node@5")).await;
    assert!(is_transient(&result), "{result:?}");
    let text = result.unwrap_err().to_string();
    assert!(text.contains("cannot be reached") && text.contains("roundhouse orb import"), "{text}");
}
