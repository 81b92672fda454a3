//! A signed push becomes commit statuses.

use fake_forge::github::RequestRecord;
use insta::assert_snapshot;
use kit::{TestApp, config::chain};
use model::project::Vcs;

#[tokio::test]
async fn a_push_to_github_becomes_green_statuses() {
    let mut app = TestApp::new().await;
    let push = app.push("main", &chain(["build", "test"])).await;
    app.settle().await;
    assert_snapshot!(app.timeline().await, @r"
    pipeline 1 on main: created
      workflow main: success
        build  blocked → queued → running → success
        test   blocked → queued → running → success
    ");
    assert_snapshot!(app.shown(&push.sha), @r"
    ci/roundhouse: build: success (Succeeded in 0s)
    ci/roundhouse: test: success (Succeeded in 0s)
    ");
    let history: Vec<_> = app.github().statuses(&push.sha).into_iter().map(|it| (it.context, it.state)).collect();
    assert!(history.contains(&("ci/roundhouse: build".to_owned(), "pending".to_owned())), "{history:?}");
    let links: Vec<String> =
        app.github().shown_statuses(&push.sha).into_iter().filter_map(|status| status.target_url).collect();
    let pipeline = format!("{}/pipelines/github/{}/1/workflows/", kit::app::PUBLIC_URL, kit::app::REPOSITORY);
    assert!(links[0].starts_with(&pipeline) && links[0].ends_with("/jobs/1"), "{links:?}");
    assert!(links[1].starts_with(&pipeline) && links[1].ends_with("/jobs/2"), "{links:?}");
    for link in links {
        assert_eq!(app.get(&link.replace(kit::app::PUBLIC_URL, "")).await.0, 200, "{link}");
    }
}

#[tokio::test]
async fn a_push_to_gitlab_becomes_green_statuses() {
    let mut app = TestApp::new().await;
    let push = app.push_to_gitlab("main", &chain(["build", "test"])).await;
    app.settle().await;
    assert_snapshot!(app.timeline_of(Vcs::GitLab).await, @r"
    pipeline 1 on main: created
      workflow main: success
        build  blocked → queued → running → success
        test   blocked → queued → running → success
    ");
    let shown: Vec<String> = app
        .gitlab()
        .statuses(&push.sha)
        .into_iter()
        .map(|status| {
            format!("{} on {}: {}", status.name, status.git_ref.unwrap_or_default(), status.history.join(" → "))
        })
        .collect();
    assert_snapshot!(shown.join("\n"), @r"
    ci/roundhouse: build on main: pending → success
    ci/roundhouse: test on main: pending → success
    ");
    // GitLab answers 400 to a status that is there already; anything else would be our mistake.
    let refused = |request: &RequestRecord| request.status > 400 || request.status == 400 && request.method != "POST";
    let refused: Vec<_> = app.gitlab().requests().into_iter().filter(refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn a_failed_job_stops_what_requires_it() {
    let mut app = TestApp::new().await;
    app.runner().exits("test", 1);
    let push = app.push("main", &chain(["build", "test", "deploy"])).await;
    app.settle().await;
    assert_snapshot!(app.timeline().await, @r"
    pipeline 1 on main: created
      workflow main: failed
        build   blocked → queued → running → success
        test    blocked → queued → running → failed (step `true` exited with code 1)
        deploy  blocked → not_run (`test` failed, and this job requires its success)
    ");
    assert_snapshot!(app.shown(&push.sha), @r"
    ci/roundhouse: build: success (Succeeded in 0s)
    ci/roundhouse: test: failure (Failed: step `true` exited with code 1)
    ");
}

#[tokio::test]
async fn a_task_gets_what_it_needs_and_a_token_for_its_repository_alone() {
    let mut app = TestApp::new().await;
    let config = "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    steps: [checkout, run: make]\n\
                  workflows:\n  main:\n    jobs: [build]\n";
    let push = app.push("main", config).await;
    app.settle().await;
    let assignment = app.runner().assignments().last().unwrap().clone();
    assert_eq!(assignment.environment.get("CIRCLE_SHA1").map(String::as_str), Some(push.sha.as_str()));
    assert_eq!(assignment.environment.get("CIRCLE_BRANCH").map(String::as_str), Some("main"));
    let model::protocol::CheckoutSource::Git { url, sha, credentials, .. } = assignment.checkout.unwrap() else {
        panic!("the code is in a Git repository");
    };
    assert_eq!(sha, push.sha);
    assert_eq!(url, format!("{}/{}.git", app.github().url(), kit::app::REPOSITORY));
    let token = credentials.unwrap().password;
    assert!(assignment.secrets.contains(&token), "the runner must know what to mask");
    let minted = app.github().minted_tokens().into_iter().find(|minted| minted.token == token).unwrap();
    assert_eq!(minted.repositories, [kit::app::REPOSITORY]);
    assert_eq!(minted.permissions.get("contents").map(String::as_str), Some("read"));
    assert!(minted.permissions.values().all(|level| level == "read"), "{:?}", minted.permissions);
}
