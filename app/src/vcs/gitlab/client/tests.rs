use model::{
    project::{GitRef, Sha},
    time::Timestamp,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path_regex, query_param},
};

use super::*;
use crate::vcs::{CommitStatus, Person, StatusState};

const RAW: &str = "^/git/api/v4/projects/15/repository/files/.circleci%2Fconfig.yml/raw$";

fn gitlab(server: &MockServer) -> GitLab {
    // The program does this at its start.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = GitlabSettings {
        url: format!("{}/git/", server.uri()),
        token: Some("glpat-1".to_owned().into()),
        webhook_secret: None,
    };
    GitLab::new(settings, Clock::manual(Timestamp::from_millis(0)))
}

fn repository() -> RepositoryHandle {
    RepositoryHandle { slug: "gl/group/sub/app".parse().unwrap(), forge_id: 15, installation_id: None }
}

fn sha() -> Sha {
    "1".repeat(40).parse().unwrap()
}

fn status(state: StatusState) -> CommitStatus {
    CommitStatus {
        context: "ci/roundhouse: build".to_owned(),
        state,
        description: "Running".to_owned(),
        target_url: None,
        git_ref: Some(GitRef::Branch("main".to_owned())),
    }
}

async fn read(gitlab: &GitLab) -> Result<Option<String>, ForgeError> {
    gitlab.read_file(&repository(), ".circleci/config.yml", &sha()).await
}

#[tokio::test]
async fn a_file_is_read_with_the_token() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path_regex(RAW))
        .and(query_param("ref", sha().as_str()))
        .and(header("private-token", "glpat-1"))
        .respond_with(ResponseTemplate::new(200).set_body_string("version: 2.1"))
        .mount(&server)
        .await;
    assert_eq!(read(&gitlab(&server)).await.unwrap().as_deref(), Some("version: 2.1"));
}

#[tokio::test]
async fn no_file_is_none_and_no_project_is_an_error() {
    let server = MockServer::start().await;
    let not_found = |message: &str| ResponseTemplate::new(404).set_body_json(json!({ "message": message }));
    Mock::given(path_regex(RAW)).respond_with(not_found("404 File Not Found")).up_to_n_times(1).mount(&server).await;
    Mock::given(path_regex(RAW)).respond_with(not_found("404 Project Not Found")).mount(&server).await;
    let gitlab = gitlab(&server);
    assert_eq!(read(&gitlab).await.unwrap(), None);
    let error = read(&gitlab).await.unwrap_err();
    assert!(matches!(error, ForgeError::Permanent { .. }), "{error}");
    assert!(error.to_string().contains("ROUNDHOUSE_GITLAB_TOKEN"), "{error}");
}

#[tokio::test]
async fn a_status_is_posted_and_one_that_is_there_already_is_agreed() {
    let server = MockServer::start().await;
    let posts = || Mock::given(method("POST")).and(path_regex(format!("^/git/api/v4/projects/15/statuses/{}$", sha())));
    posts().respond_with(ResponseTemplate::new(201).set_body_json(json!({}))).up_to_n_times(1).mount(&server).await;
    let restarted = gitlab(&server);
    let again = json!({ "message": "Cannot transition status via :enqueue from :pending (Reason(s): …)" });
    posts().respond_with(ResponseTemplate::new(400).set_body_json(again)).up_to_n_times(1).mount(&server).await;
    let invalid = json!({ "message": { "name": ["is too long"] } });
    posts().respond_with(ResponseTemplate::new(400).set_body_json(invalid)).mount(&server).await;
    let gitlab = gitlab(&server);
    // What this process has told is not told again; what it has forgotten is, and GitLab's refusal is taken as a yes.
    gitlab.post_status(&repository(), &sha(), &status(StatusState::Pending)).await.unwrap();
    gitlab.post_status(&repository(), &sha(), &status(StatusState::Pending)).await.unwrap();
    restarted.post_status(&repository(), &sha(), &status(StatusState::Pending)).await.unwrap();
    let error = gitlab.post_status(&repository(), &sha(), &status(StatusState::Error)).await.unwrap_err();
    assert!(matches!(error, ForgeError::Permanent { .. }), "{error}");
    assert!(error.to_string().contains("is too long"), "{error}");
    let bodies: Vec<Value> =
        server.received_requests().await.unwrap().iter().map(|request| request.body_json().unwrap()).collect();
    assert_eq!(
        bodies[0],
        json!({ "state": "pending", "name": "ci/roundhouse: build", "description": "Running", "ref": "main" })
    );
    assert_eq!(bodies[2]["state"], "failed");
}

#[tokio::test]
async fn refused_credentials_and_limits_are_transient() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(401).set_body_json(json!({ "message": "401 Unauthorized" }));
    Mock::given(path_regex(RAW)).respond_with(refused).up_to_n_times(1).mount(&server).await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "9");
    Mock::given(path_regex(RAW)).respond_with(limited).mount(&server).await;
    let gitlab = gitlab(&server);
    let error = read(&gitlab).await.unwrap_err();
    assert!(matches!(error, ForgeError::Transient { .. }), "{error}");
    assert!(error.to_string().contains("ROUNDHOUSE_GITLAB_TOKEN"), "{error}");
    let ForgeError::Transient { retry_after, .. } = read(&gitlab).await.unwrap_err() else { unreachable!() };
    assert_eq!(retry_after, Some(Duration::from_secs(9)));
}

#[tokio::test]
async fn a_redirect_elsewhere_is_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    let away = ResponseTemplate::new(302).insert_header("location", format!("{}/x", elsewhere.uri()).as_str());
    Mock::given(path_regex(RAW)).respond_with(away).mount(&server).await;
    read(&gitlab(&server)).await.unwrap_err();
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn git_takes_the_token_too() {
    let server = MockServer::start().await;
    let credentials = gitlab(&server).clone_credentials().unwrap();
    assert_eq!((credentials.username.as_str(), credentials.password.expose_secret()), ("oauth2", "glpat-1"));
}

#[tokio::test]
async fn a_group_has_those_members_that_are_active() {
    let server = MockServer::start().await;
    let member = |state: &str| ResponseTemplate::new(200).set_body_json(json!({ "access_level": 30, "state": state }));
    let of = |id: i64| path_regex(format!("^/git/api/v4/groups/acme%2Fdeployers/members/all/{id}$"));
    Mock::given(of(7)).and(header("private-token", "glpat-1")).respond_with(member("active")).mount(&server).await;
    Mock::given(of(8)).respond_with(member("blocked")).mount(&server).await;
    Mock::given(of(9)).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    let gitlab = gitlab(&server);
    for (id, is_in) in [(7, true), (8, false), (9, false)] {
        let person = Person { id, login: "ada" };
        assert_eq!(gitlab.is_in_group("acme/deployers", person).await.unwrap(), is_in, "{id}");
    }
}
