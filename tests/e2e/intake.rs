//! What comes in: signatures, repeats, events of no interest, bad input.

use kit::{TestApp, app::REPOSITORY, config::chain};
use model::project::GitRef;

#[tokio::test]
async fn a_repeat_is_recognised_and_another_body_under_the_same_id_is_refused() {
    let mut app = TestApp::new().await;
    let push = app.push("main", &chain(["build"])).await;
    assert_eq!(app.deliver(&push.delivery).await.0, 200);
    app.settle().await;
    assert_eq!(app.deliver(&push.delivery).await.0, 200);

    let sha = app.github().commit(REPOSITORY, "other", &[("a", "b")], "Other").unwrap();
    let other = app.github().push_webhook(REPOSITORY, &GitRef::Branch("other".to_owned()), None, Some(&sha)).unwrap();
    let same_id = other.with_header("X-GitHub-Delivery", &push.delivery.guid);
    assert_eq!(app.deliver(&same_id).await.0, 409);

    app.settle().await;
    assert_eq!(app.timeline().await.matches("pipeline ").count(), 1);
}

#[tokio::test]
async fn a_delivery_without_a_good_signature_is_refused() {
    let app = TestApp::new().await;
    let sha = app.github().commit(REPOSITORY, "main", &[("a", "b")], "Something").unwrap();
    let git_ref = GitRef::Branch("main".to_owned());
    let delivery = app.github().push_webhook(REPOSITORY, &git_ref, None, Some(&sha)).unwrap();
    let mut forged = delivery.body.clone();
    forged.push(b' ');
    assert_eq!(app.deliver(&delivery.clone().with_body(forged)).await.0, 401);
    assert_eq!(app.deliver(&delivery.clone().without_header("X-Hub-Signature-256")).await.0, 401);
    assert_eq!(app.deliver(&delivery.clone().with_header("X-Hub-Signature-256", "sha256=zz")).await.0, 401);
    // Nothing of these was stored: the real one is still new.
    assert_eq!(app.deliver(&delivery).await.0, 202);

    let sha = app.gitlab().commit(REPOSITORY, "main", &[("a", "b")], "Something").unwrap();
    let delivery = app.gitlab().push_webhook(REPOSITORY, &git_ref, None, Some(&sha)).unwrap();
    assert_eq!(app.deliver(&delivery.clone().with_header("X-Gitlab-Token", "guess")).await.0, 401);
    assert_eq!(app.deliver(&delivery.clone().without_header("X-Gitlab-Token")).await.0, 401);
    assert_eq!(app.deliver(&delivery).await.0, 202);
}

#[tokio::test]
async fn a_repository_without_a_configuration_gets_no_pipeline_and_no_status() {
    let mut app = TestApp::new().await;
    let push = app.push_files("main", &[("README.md", "# Nothing to build\n")]).await;
    app.settle().await;
    assert_eq!(app.timeline().await.matches("pipeline ").count(), 0, "{}", app.timeline().await);
    assert_eq!(app.shown(&push.sha), "");
}

#[tokio::test]
async fn deletions_and_pings_are_taken_and_start_nothing() {
    let mut app = TestApp::new().await;
    let push = app.push("main", &chain(["build"])).await;
    app.settle().await;
    let git_ref = GitRef::Branch("main".to_owned());
    let deletion = app.github().push_webhook(REPOSITORY, &git_ref, Some(&push.sha), None).unwrap();
    assert_eq!(app.deliver(&deletion).await.0, 202);
    let ping = app.github().ping_webhook();
    assert_eq!(app.deliver(&ping).await.0, 202);
    app.settle().await;
    assert_eq!(app.timeline().await.matches("pipeline ").count(), 1);
    assert!(app.errors().is_empty(), "{:?}", app.errors());
}

#[tokio::test]
async fn truncated_json_gets_a_clear_answer_and_stops_nothing() {
    let mut app = TestApp::new().await;
    let ping = app.github().ping_webhook();
    let truncated = fake_forge::github::sign("push", &ping.body[..40]);
    let (status, answer) = app.deliver(&truncated).await;
    app.settle().await;
    assert!(status == 400 || status == 202, "{status}: {answer}");
    app.push("main", &chain(["build"])).await;
    app.settle().await;
    assert!(app.timeline().await.contains("success"), "{}", app.timeline().await);
}

#[tokio::test]
async fn a_configuration_with_errors_is_a_visible_pipeline_and_a_failed_status() {
    let mut app = TestApp::new().await;
    let push = app.push("main", "version: 2.1\njobs:\n  build:\n    stepz: []\n").await;
    app.settle().await;
    let timeline = app.timeline().await;
    assert!(timeline.starts_with("pipeline 1 on main: errored"), "{timeline}");
    let shown = app.github().shown_statuses(&push.sha);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(matches!(shown[0].state.as_str(), "failure" | "error"), "{shown:?}");
    let page = shown[0].target_url.clone().unwrap().replace(kit::app::PUBLIC_URL, "");
    let (status, html) = app.get(&page).await;
    assert_eq!(status, 200);
    assert!(html.contains("stepz"), "the page shows what is wrong: {html}");
}
