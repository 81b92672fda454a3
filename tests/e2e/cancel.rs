//! Cancelling what runs.

use kit::{TestApp, config::chain};

#[tokio::test]
async fn what_ran_when_it_was_canceled_is_canceled_also_when_its_runner_is_lost() {
    let mut app = TestApp::new().await;
    app.runner().vanishes("build");
    app.push("main", &chain(["build", "test"])).await;
    app.settle().await;
    app.cancel("workflow", "main").await;
    app.settle().await;
    app.advance_s(700).await;
    insta::assert_snapshot!(app.timeline().await, @r"
    pipeline 1 on main: created
      workflow main: canceled (ada canceled the workflow)
        build  blocked → queued → running → canceled (ada canceled the workflow)
        test   blocked → canceled (ada canceled the workflow)
    ");
}
