//! A signed push becomes commit statuses.

use insta::assert_snapshot;
use kit::{TestApp, config::chain};
use model::project::Vcs;

#[tokio::test]
async fn a_push_to_github_becomes_green_statuses() {
    let mut app = TestApp::new().await;
    let push = app.push("main", &chain(["build", "test"])).await;
    app.settle().await;
    assert_snapshot!(app.timeline().await);
    assert_snapshot!(app.shown(&push.sha));
}
