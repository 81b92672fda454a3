//! A forge that fails for a while: everything arrives in the end.

use fake_forge::Failure;
use kit::{TestApp, config::chain};

#[tokio::test]
async fn statuses_arrive_after_the_forge_has_healed() {
    let mut app = TestApp::new().await;
    app.github().fail_next_at("/statuses/", 5, Failure::Status(502));
    let push = app.push("main", &chain(["build"])).await;
    app.settle().await;
    assert!(app.timeline().await.contains("workflow main: success"), "jobs do not wait for statuses");
    for _ in 0..20 {
        app.advance_s(60).await;
    }
    assert_eq!(app.github().waiting_failures(), 0);
    assert_eq!(app.waiting_statuses().await, 0);
    let shown = app.github().shown_statuses(&push.sha);
    assert_eq!(shown.iter().map(|status| status.state.as_str()).collect::<Vec<_>>(), ["success"]);
}

#[tokio::test]
async fn a_status_whose_answer_was_lost_is_sent_again() {
    let mut app = TestApp::new().await;
    app.github().fail_next_at("/statuses/", 1, Failure::AnswerLost);
    let push = app.push("main", &chain(["build"])).await;
    app.settle().await;
    app.advance_s(600).await;
    assert_eq!(app.waiting_statuses().await, 0);
    let shown = app.github().shown_statuses(&push.sha);
    assert_eq!(shown.iter().map(|status| status.state.as_str()).collect::<Vec<_>>(), ["success"]);
}

#[tokio::test]
async fn a_forge_that_asks_for_patience_gets_it() {
    let mut app = TestApp::new().await;
    app.github().fail_next_at("/statuses/", 1, Failure::TooManyRequests { retry_after_s: 900 });
    app.push("main", &chain(["build"])).await;
    app.settle().await;
    let sent = |app: &TestApp| app.github().requests().iter().filter(|it| it.path.contains("/statuses/")).count();
    assert_eq!(sent(&app), 1);
    app.advance_s(600).await;
    assert_eq!(sent(&app), 1, "asked again before the time that the forge named");
    app.advance_s(600).await;
    assert_eq!(app.waiting_statuses().await, 0);
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_now_is_read_later() {
    let mut app = TestApp::new().await;
    app.github().fail_next_at("/contents/", 3, Failure::Status(500));
    app.push("main", &chain(["build"])).await;
    app.settle().await;
    for _ in 0..10 {
        app.advance_s(60).await;
    }
    let timeline = app.timeline().await;
    assert!(timeline.contains("build  blocked → queued → running → success"), "{timeline}");
}

#[tokio::test]
async fn a_gitlab_that_fails_for_a_while_gets_its_statuses_too() {
    let mut app = TestApp::new().await;
    app.gitlab().fail_next_at("/statuses/", 4, Failure::Status(503));
    let push = app.push_to_gitlab("main", &chain(["build"])).await;
    app.settle().await;
    for _ in 0..20 {
        app.advance_s(60).await;
    }
    let statuses = app.gitlab().statuses(&push.sha);
    assert_eq!(statuses.last().map(|status| status.status.as_str()), Some("success"), "{statuses:?}");
    assert_eq!(app.waiting_statuses().await, 0);
}
