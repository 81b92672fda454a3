//! A disk that is nearly full: nothing new begins, and everything else goes on.

use kit::{TestApp, config::chain, person::Person};
use store::job;

const HOLD: &str = "
version: 2.1
jobs:
  build:
    docker: [{image: busybox}]
    steps: [run: make]
workflows:
  main:
    jobs:
      - build
      - hold: {type: approval}
      - after: {type: no-op, requires: [hold]}
";

#[tokio::test]
async fn below_the_minimum_nothing_begins_and_all_else_goes_on() {
    let mut app = TestApp::new().await;
    // One job runs already when the room runs out.
    app.push("main", &chain(["build"])).await;
    while app.runner().assignments().is_empty() {
        assert!(app.step().await, "nobody gives the job to the runner");
    }
    app.restart_with(|options| options.limits.min_free_bytes = u64::MAX).await;
    app.settle().await;
    assert_eq!(app.job("build@1").await.state.name(), "success", "what runs comes to its end");

    // What comes in is stored, compiled and told; a job that needs no runner runs.
    app.push("main", HOLD).await;
    app.settle().await;
    let waiting = app.job("build@2").await;
    assert_eq!(waiting.state.name(), "queued");
    app.answer("hold@2", "ada", true).await;
    app.settle().await;
    assert_eq!(app.job("after@2").await.state.name(), "success");

    // The page and the API say why it waits.
    let says = "free, and nothing new begins below 17179869184.0 GiB (setting `min_free_gib`)";
    let (status, page) = app
        .get(&format!("/pipelines/github/acme/api/2/workflows/{}/jobs/{}", waiting.workflow_id, waiting.number))
        .await;
    assert!(status == 200 && page.contains("nothing new begins below"), "{page}");
    let body = Person::nobody().get(&app, &format!("/api/v2/project/gh/acme/api/job/{}", waiting.number)).await.body;
    let message = body["messages"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("the server's disk has ") && message.ends_with(says), "{message}");

    // With room again it begins by itself.
    app.restart_with(|_| {}).await;
    app.advance_s(10).await;
    let job = job::get(app.server().store().read(), waiting.id).await.unwrap();
    assert_eq!(job.state.name(), "success");
}
