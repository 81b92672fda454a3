use model::{project::Sha, time::Timestamp};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request as Received, ResponseTemplate,
    matchers::{body_partial_json, header as has_header, method, path, query_param},
};

use super::*;
use crate::vcs::{CommitStatus, StatusState};

const KEY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/forge/src/github/key_for_tests.pem"));
/// 2026-01-01T00:00:00Z
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const CONTENTS: &str = "/api/v3/repos/acme/app/contents/.circleci/config.yml";
const MINT: &str = "/api/v3/app/installations/7/access_tokens";
const STATUSES: &str = "/api/v3/repos/acme/app/statuses/1111111111111111111111111111111111111111";

fn github(server: &MockServer) -> (GitHub, Clock) {
    let clock = Clock::manual(NOW);
    let settings = GithubSettings {
        url: server.uri(),
        api_url: format!("{}/api/v3", server.uri()),
        app: Some((42, KEY.into())),
        webhook_secret: None,
    };
    (GitHub::new(settings, clock.clone()), clock)
}

fn repository() -> RepositoryHandle {
    RepositoryHandle { slug: "gh/acme/app".parse().unwrap(), forge_id: 99, installation_id: Some(7) }
}

fn sha() -> Sha {
    "1".repeat(40).parse().unwrap()
}

fn status() -> CommitStatus {
    CommitStatus {
        context: "ci/roundhouse: build".to_owned(),
        state: StatusState::Success,
        description: "Passed in 3 s".to_owned(),
        target_url: Some("http://ci.example/1".to_owned()),
        git_ref: None,
    }
}

/// Gives out `token`, good for an hour.
fn minted(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({ "token": token, "expires_at": "2026-01-01T01:00:00Z" }))
}

fn raw(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text, "application/vnd.github.raw+json; charset=utf-8")
}

async fn requests(server: &MockServer, to: &str) -> Vec<Received> {
    let all = server.received_requests().await.unwrap();
    all.into_iter().filter(|request| request.url.path() == to).collect()
}

async fn read(github: &GitHub) -> Result<Option<String>, ForgeError> {
    github.read_file(&repository(), ".circleci/config.yml", &sha()).await
}

#[tokio::test]
async fn a_token_is_for_one_repository_and_one_purpose_and_is_used_again() {
    let server = MockServer::start().await;
    let body = json!({ "repository_ids": [99], "permissions": { "contents": "read" } });
    Mock::given(method("POST"))
        .and(path(MINT))
        .and(body_partial_json(body))
        .respond_with(minted("r"))
        .mount(&server)
        .await;
    let body = json!({ "repository_ids": [99], "permissions": { "statuses": "write" } });
    Mock::given(method("POST"))
        .and(path(MINT))
        .and(body_partial_json(body))
        .respond_with(minted("s"))
        .mount(&server)
        .await;
    let sha_matches = query_param("ref", sha().as_str());
    Mock::given(path(CONTENTS))
        .and(sha_matches)
        .and(has_header("authorization", "Bearer r"))
        .respond_with(raw("version: 2.1"))
        .mount(&server)
        .await;
    Mock::given(path(STATUSES))
        .and(has_header("authorization", "Bearer s"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({})))
        .mount(&server)
        .await;
    let (github, _) = github(&server);
    for _ in 0..3 {
        assert_eq!(read(&github).await.unwrap().as_deref(), Some("version: 2.1"));
        github.post_status(&repository(), &sha(), &status()).await.unwrap();
    }
    let mints = requests(&server, MINT).await;
    assert_eq!(mints.len(), 2);
    for mint in &mints {
        let body: Value = mint.body_json().unwrap();
        assert_eq!(body["permissions"].as_object().unwrap().len(), 1, "{body}");
    }
    let posted: Value = requests(&server, STATUSES).await[0].body_json().unwrap();
    assert_eq!(
        posted,
        json!({
            "state": "success",
            "context": "ci/roundhouse: build",
            "description": "Passed in 3 s",
            "target_url": "http://ci.example/1"
        })
    );
}

#[tokio::test]
async fn the_app_signs_with_rs256_for_less_than_ten_minutes() {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    Mock::given(path(CONTENTS)).respond_with(raw("a")).mount(&server).await;
    let (github, _) = github(&server);
    read(&github).await.unwrap();
    let mint = &requests(&server, MINT).await[0];
    let jwt = mint.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let parts: Vec<&str> = jwt.split('.').collect();
    let part = |index: usize| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[index]).unwrap()).unwrap()
    };
    assert_eq!((&part(0)["alg"], &part(1)["iss"]), (&json!("RS256"), &json!(42)));
    let now = NOW.millis() / 1000;
    assert_eq!((&part(1)["iat"], &part(1)["exp"]), (&json!(now - 60), &json!(now + 540)));
}

#[tokio::test]
async fn a_token_is_replaced_five_minutes_before_its_end_and_for_a_clone_thirty() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    Mock::given(path(CONTENTS)).respond_with(raw("a")).mount(&server).await;
    let (github, clock) = github(&server);
    read(&github).await.unwrap();
    github.clone_credentials(&repository()).await.unwrap();
    clock.advance_millis(29 * 60_000);
    read(&github).await.unwrap();
    let credentials = github.clone_credentials(&repository()).await.unwrap();
    assert_eq!(requests(&server, MINT).await.len(), 2);
    assert_eq!((credentials.username.as_str(), credentials.password.expose_secret()), ("x-access-token", "r"));
    clock.advance_millis(2 * 60_000);
    read(&github).await.unwrap();
    assert_eq!(requests(&server, MINT).await.len(), 2);
    github.clone_credentials(&repository()).await.unwrap();
    assert_eq!(requests(&server, MINT).await.len(), 3);
    clock.advance_millis(25 * 60_000);
    read(&github).await.unwrap();
    assert_eq!(requests(&server, MINT).await.len(), 4);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("old")).up_to_n_times(1).mount(&server).await;
    Mock::given(path(MINT)).respond_with(minted("new")).mount(&server).await;
    let refused = ResponseTemplate::new(401).set_body_json(json!({ "message": "Bad credentials" }));
    Mock::given(path(CONTENTS))
        .and(has_header("authorization", "Bearer old"))
        .respond_with(refused.clone())
        .mount(&server)
        .await;
    Mock::given(path(CONTENTS))
        .and(has_header("authorization", "Bearer new"))
        .respond_with(raw("a"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path(CONTENTS)).respond_with(refused).mount(&server).await;
    let (github, _) = github(&server);
    assert_eq!(read(&github).await.unwrap().as_deref(), Some("a"));
    assert_eq!(requests(&server, MINT).await.len(), 2);
    // Refused again, and again after the replacement: that is all.
    let error = read(&github).await.unwrap_err();
    assert!(matches!(error, ForgeError::Transient { .. }), "{error}");
    assert!(error.to_string().contains("ROUNDHOUSE_GITHUB_PRIVATE_KEY"), "{error}");
    assert_eq!(requests(&server, MINT).await.len(), 3);
}

#[tokio::test]
async fn tokens_are_made_once_for_all_who_wait() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    Mock::given(path(CONTENTS)).respond_with(raw("a")).mount(&server).await;
    let (github, _) = github(&server);
    let all = futures_util::future::join_all((0..20).map(|_| read(&github))).await;
    assert!(all.into_iter().all(|read| read.is_ok()));
    assert_eq!(requests(&server, MINT).await.len(), 1);
}

#[tokio::test]
async fn an_unknown_installation_is_looked_up() {
    let server = MockServer::start().await;
    Mock::given(path("/api/v3/repos/acme/app/installation"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "id": 7 })))
        .mount(&server)
        .await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    Mock::given(path(CONTENTS)).respond_with(raw("a")).mount(&server).await;
    let (github, _) = github(&server);
    let repository = RepositoryHandle { installation_id: None, ..repository() };
    github.read_file(&repository, ".circleci/config.yml", &sha()).await.unwrap();
}

#[tokio::test]
async fn a_file_comes_raw_or_in_base64() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    let packed = json!({ "type": "file", "encoding": "base64", "content": "dmVyc2lv\nbjogMi4x\n" });
    Mock::given(path(CONTENTS)).respond_with(ResponseTemplate::new(200).set_body_json(packed)).mount(&server).await;
    let (github, _) = github(&server);
    assert_eq!(read(&github).await.unwrap().as_deref(), Some("version: 2.1"));
}

#[tokio::test]
async fn no_file_is_none_and_no_commit_is_an_error() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    let not_found = |message: &str| ResponseTemplate::new(404).set_body_json(json!({ "message": message }));
    Mock::given(path(CONTENTS)).respond_with(not_found("Not Found")).up_to_n_times(1).mount(&server).await;
    Mock::given(path(CONTENTS)).respond_with(not_found("No commit found for the ref 1")).mount(&server).await;
    let (github, _) = github(&server);
    assert_eq!(read(&github).await.unwrap(), None);
    let error = read(&github).await.unwrap_err();
    assert!(matches!(error, ForgeError::Permanent { .. }), "{error}");
}

#[tokio::test]
async fn an_installation_that_is_gone_says_what_to_do() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(ResponseTemplate::new(404)).up_to_n_times(1).mount(&server).await;
    let invalid = json!({ "message": "There is at least one repository that does not exist" });
    Mock::given(path(MINT)).respond_with(ResponseTemplate::new(422).set_body_json(invalid)).mount(&server).await;
    let (github, _) = github(&server);
    assert_eq!(
        read(&github).await.unwrap_err(),
        ForgeError::permanent(
            "the GitHub App is not installed on `acme/app` any more (installation 7): install it again"
        )
    );
    let error = github.post_status(&repository(), &sha(), &status()).await.unwrap_err().to_string();
    assert!(error.contains("`Commit statuses: write`") && error.contains("does not exist"), "{error}");
}

#[tokio::test]
async fn rate_limits_and_outages_are_transient() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    let limited = ResponseTemplate::new(403)
        .insert_header("retry-after", "17")
        .set_body_json(json!({ "message": "You have exceeded a secondary rate limit" }));
    Mock::given(path(STATUSES)).respond_with(limited).up_to_n_times(1).mount(&server).await;
    Mock::given(path(STATUSES)).respond_with(ResponseTemplate::new(502)).mount(&server).await;
    let (github, _) = github(&server);
    let post = || async { github.post_status(&repository(), &sha(), &status()).await.unwrap_err() };
    let ForgeError::Transient { retry_after, message } = post().await else { unreachable!() };
    assert_eq!(retry_after, Some(Duration::from_secs(17)), "{message}");
    assert!(matches!(post().await, ForgeError::Transient { retry_after: None, .. }));
}

#[tokio::test]
async fn nobody_there_is_transient() {
    // A port that nothing listens on: it was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = GithubSettings {
        url: String::new(),
        api_url: format!("http://{free}"),
        app: Some((42, KEY.into())),
        webhook_secret: None,
    };
    let error = read(&GitHub::new(settings, Clock::manual(NOW))).await.unwrap_err();
    assert!(matches!(error, ForgeError::Transient { .. }), "{error}");
    assert!(error.to_string().contains("could not reach GitHub"), "{error}");
}

#[tokio::test]
async fn a_renamed_repository_is_followed_and_its_token_stays_within_the_api() {
    let server = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    let moved = format!("{}/api/v3/repositories/99/statuses/{}", server.uri(), sha());
    let redirect = ResponseTemplate::new(307).insert_header("location", moved.as_str());
    Mock::given(path(STATUSES)).respond_with(redirect).up_to_n_times(1).mount(&server).await;
    Mock::given(method("POST"))
        .and(path(format!("/api/v3/repositories/99/statuses/{}", sha())))
        .and(has_header("authorization", "Bearer r"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    let away = ResponseTemplate::new(307).insert_header("location", format!("{}/x", elsewhere.uri()).as_str());
    Mock::given(path(STATUSES)).respond_with(away).mount(&server).await;
    let (github, _) = github(&server);
    github.post_status(&repository(), &sha(), &status()).await.unwrap();
    github.post_status(&repository(), &sha(), &status()).await.unwrap_err();
    let strays = elsewhere.received_requests().await.unwrap();
    assert!(strays.iter().all(|request| !request.headers.contains_key("authorization")), "{strays:?}");
}

#[tokio::test]
async fn a_page_in_the_way_is_no_answer() {
    let server = MockServer::start().await;
    Mock::given(path(MINT)).respond_with(minted("r")).mount(&server).await;
    let page = || ResponseTemplate::new(200).set_body_raw("<html>Back soon</html>", "text/html; charset=utf-8");
    Mock::given(path(CONTENTS)).respond_with(page()).up_to_n_times(1).mount(&server).await;
    Mock::given(path(STATUSES)).respond_with(page()).mount(&server).await;
    Mock::given(path(CONTENTS)).respond_with(raw("a")).mount(&server).await;
    let (github, _) = github(&server);
    let error = github.post_status(&repository(), &sha(), &status()).await.unwrap_err();
    assert!(matches!(error, ForgeError::Transient { .. }), "{error}");
    assert!(error.to_string().contains("the answer was a page"), "{error}");
    assert!(matches!(read(&github).await, Err(ForgeError::Transient { .. })), "a page is no configuration");
    assert_eq!(read(&github).await.unwrap().as_deref(), Some("a"));
}

#[tokio::test]
async fn without_an_app_the_error_says_what_to_set() {
    let settings = GithubSettings {
        url: String::new(),
        api_url: "http://127.0.0.1:1".to_owned(),
        app: None,
        webhook_secret: None,
    };
    let error = read(&GitHub::new(settings, Clock::manual(NOW))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub is not set up here: set ROUNDHOUSE_GITHUB_APP_ID and ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE"
    );
    let settings = GithubSettings {
        url: String::new(),
        api_url: "http://127.0.0.1:1".to_owned(),
        app: Some((1, "no key".to_owned().into())),
        webhook_secret: None,
    };
    let error = read(&GitHub::new(settings, Clock::manual(NOW))).await.unwrap_err();
    assert!(error.to_string().contains("is not an RSA key in PEM form"), "{error}");
}

#[tokio::test]
async fn host_keys_of_ssh_become_lines_of_known_hosts() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path(MINT)).respond_with(minted("r")).mount(&server).await;
    let meta = json!({ "ssh_keys": ["ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 BBBB\nevil ssh-rsa C"], "hooks": [] });
    Mock::given(path("/api/v3/meta"))
        .respond_with(ResponseTemplate::new(200).set_body_json(meta))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let (github, _) = github(&server);
    assert_eq!(
        github.ssh_host_keys(&repository(), "github.com").await.unwrap(),
        "github.com ssh-ed25519 AAAA\ngithub.com ecdsa-sha2-nistp256 BBBBevil ssh-rsa C\n",
        "one line for each, whatever is in it"
    );
    // A server of one's own may not tell.
    assert_eq!(github.ssh_host_keys(&repository(), "git.example.com").await.unwrap(), "");
}

#[tokio::test]
async fn a_team_is_asked_for_the_login_that_a_number_has_now() {
    let server = MockServer::start().await;
    let body = json!({ "repository_ids": [99], "permissions": { "members": "read" } });
    Mock::given(path(MINT)).and(body_partial_json(body)).respond_with(minted("ghs_members")).mount(&server).await;
    let user = ResponseTemplate::new(200).set_body_json(json!({ "login": "ada-now", "id": 7 }));
    Mock::given(path("/api/v3/user/7")).respond_with(user).mount(&server).await;
    let membership = |state: &str| ResponseTemplate::new(200).set_body_json(json!({ "state": state }));
    let of = |team: &str| path(format!("/api/v3/orgs/acme/teams/{team}/memberships/ada-now"));
    Mock::given(of("deployers")).respond_with(membership("active")).mount(&server).await;
    Mock::given(of("invited")).respond_with(membership("pending")).mount(&server).await;
    Mock::given(of("others")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    let (github, _) = github(&server);
    for (team, is_in) in [("deployers", true), ("invited", false), ("others", false)] {
        assert_eq!(github.is_in_team(&repository(), team, 7).await.unwrap(), is_in, "{team}");
    }
}

#[tokio::test]
async fn an_app_that_may_not_ask_for_teams_says_what_it_lacks() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(422).set_body_json(json!({ "message": "not granted" }));
    Mock::given(path(MINT)).respond_with(refused).mount(&server).await;
    let error = github(&server).0.is_in_team(&repository(), "deployers", 7).await.unwrap_err();
    assert!(matches!(error, ForgeError::Permanent { .. }), "{error}");
    assert!(error.to_string().contains("the permission `Members: read`"), "{error}");
}
