//! The fakes are judged here by what the real forges do.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use fake_forge::{Failure, FakeGitHub, FakeGitLab};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::project::GitRef;
use serde_json::{Value, json};

fn client() -> reqwest::Client {
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(tls).user_agent("test").build().unwrap()
}

fn jwt(forge: &FakeGitHub, lifetime_s: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({ "iss": forge.app_id().to_string(), "iat": now - 30, "exp": now + lifetime_s });
    let key = EncodingKey::from_rsa_pem(forge.private_key_pem().as_bytes()).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
}

async fn mint(forge: &FakeGitHub, body: &Value) -> Value {
    let url = format!("{}/app/installations/{}/access_tokens", forge.api_url(), forge.installation_id());
    let response = client().post(url).bearer_auth(jwt(forge, 540)).json(body).send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

fn clone(url: &str) -> (bool, String) {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new("git")
        .args(["clone", "--quiet", "--filter=blob:none", url])
        .arg(directory.path().join("clone"))
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap();
    let content = std::fs::read_to_string(directory.path().join("clone/hello.txt")).unwrap_or_default();
    (output.status.success(), content)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_github_opens_its_repository_and_nothing_else() {
    let forge = FakeGitHub::start().await.unwrap();
    forge.create_private_repo("acme/api").unwrap();
    forge.create_private_repo("acme/other").unwrap();
    let sha = forge.commit("acme/api", "main", &[("hello.txt", "hello\n")], "Say hello").unwrap();
    let minted = mint(&forge, &json!({ "repositories": ["api"], "permissions": { "contents": "read" } })).await;
    let token = minted["token"].as_str().unwrap();

    let get = async |path: &str, accept: &str| {
        let url = format!("{}{path}", forge.api_url());
        let response = client().get(url).bearer_auth(token).header("accept", accept).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let raw = get(&format!("/repos/acme/api/contents/hello.txt?ref={sha}"), "application/vnd.github.raw+json").await;
    assert_eq!(raw, (200, "hello\n".to_owned()));
    let (status, body) = get("/repos/acme/api/contents/hello.txt", "application/json").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["content"]), (200, &json!("aGVsbG8K\n")));
    assert_eq!(get("/repos/acme/api/contents/none.txt", "application/json").await.0, 404);
    assert_eq!(get("/repos/acme/other/contents/hello.txt", "application/json").await.0, 404);

    let statuses = format!("{}/repos/acme/api/statuses/{sha}", forge.api_url());
    let refused = client().post(statuses).bearer_auth(token).json(&json!({ "state": "success" })).send().await.unwrap();
    assert_eq!(refused.status(), 403, "the token was not asked for statuses");

    let host = forge.url().replace("http://", "");
    assert!(!clone(&format!("http://{host}/acme/api.git")).0);
    assert!(!clone(&format!("http://x-access-token:{token}@{host}/acme/other.git")).0);
    assert_eq!(clone(&format!("http://x-access-token:{token}@{host}/acme/api.git")), (true, "hello\n".to_owned()));
}

#[tokio::test]
async fn github_refuses_a_jwt_that_lives_too_long() {
    let forge = FakeGitHub::start().await.unwrap();
    let url = format!("{}/app", forge.api_url());
    assert_eq!(client().get(&url).bearer_auth(jwt(&forge, 540)).send().await.unwrap().status(), 200);
    assert_eq!(client().get(&url).bearer_auth(jwt(&forge, 1_200)).send().await.unwrap().status(), 401);
    assert_eq!(client().get(&url).bearer_auth("nonsense").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn github_keeps_a_thousand_statuses_of_a_context() {
    let forge = FakeGitHub::start().await.unwrap();
    forge.create_repo("acme/api").unwrap();
    let sha = forge.commit("acme/api", "main", &[("hello.txt", "hello\n")], "Say hello").unwrap();
    let minted = mint(&forge, &json!({ "permissions": { "statuses": "write" } })).await;
    let token = minted["token"].as_str().unwrap();
    let client = client();
    let url = format!("{}/repos/acme/api/statuses/{sha}", forge.api_url());
    let post = async |context: &str| {
        let body = json!({ "state": "pending", "context": context, "target_url": "http://ci.example/1" });
        client.post(&url).bearer_auth(token).json(&body).send().await.unwrap().status().as_u16()
    };
    for _ in 0..1_000 {
        assert_eq!(post("a").await, 201);
    }
    assert_eq!(post("a").await, 422);
    assert_eq!(post("b").await, 201);
    assert_eq!(forge.shown_statuses(&sha).len(), 2);

    forge.fail_next_at("/statuses/", 2, Failure::Status(502));
    assert_eq!((post("b").await, post("b").await, post("b").await), (502, 502, 201));
    assert_eq!(forge.waiting_failures(), 0);
}

#[tokio::test]
async fn gitlab_moves_a_status_forward_only() {
    let forge = FakeGitLab::start().await.unwrap();
    forge.create_project("group/sub/web").unwrap();
    let sha = forge.commit("group/sub/web", "main", &[("a/b.txt", "text\n")], "First").unwrap();
    let client = client();
    let raw = format!("{}/api/v4/projects/group%2Fsub%2Fweb/repository/files/a%2Fb.txt/raw?ref={sha}", forge.url());
    assert_eq!(client.get(&raw).send().await.unwrap().status(), 401);
    let text = client.get(&raw).header("private-token", forge.token()).send().await.unwrap().text().await.unwrap();
    assert_eq!(text, "text\n");

    let url = format!("{}/api/v4/projects/group%2Fsub%2Fweb/statuses/{sha}", forge.url());
    let post = async |state: &str| {
        let body = json!({ "state": state, "name": "build" });
        let response = client.post(&url).header("private-token", forge.token()).json(&body).send().await.unwrap();
        response.status().as_u16()
    };
    assert_eq!((post("pending").await, post("pending").await), (201, 400));
    assert_eq!((post("running").await, post("running").await, post("pending").await), (201, 400, 400));
    assert_eq!((post("success").await, post("success").await), (201, 201));
    let statuses = forge.statuses(&sha);
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[0].history, ["pending", "running", "success"]);
}

#[tokio::test]
async fn commits_have_the_same_ids_in_every_run() {
    let forge = FakeGitHub::start().await.unwrap();
    forge.create_repo("acme/api").unwrap();
    let first = forge.commit("acme/api", "main", &[("a.txt", "1\n")], "First").unwrap();
    let second = forge.commit("acme/api", "main", &[("b.sh", "#!/bin/sh\n")], "Second").unwrap();
    assert_eq!(first.short(), "dbdd5fd");
    let delivery =
        forge.push_webhook("acme/api", &GitRef::Branch("main".to_owned()), Some(&first), Some(&second)).unwrap();
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(body["head_commit"]["message"], "Second");
    assert_eq!(body["created"], false);
    let git = forge.git("acme/api").unwrap();
    assert_eq!(git.read("main", "a.txt").unwrap().unwrap(), b"1\n");
}
