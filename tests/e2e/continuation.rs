//! Who may continue a pipeline, when, and with what.

use insta::assert_snapshot;
use kit::{TestApp, person::Person};
use serde_json::{Value, json};

const SETUP: &str = "version: 2.1\nsetup: true\nparameters:\n  deep: {type: boolean, default: false}\njobs:\n  generate:\n    \
                     docker: [{image: busybox}]\n    steps: [run: make]\nworkflows:\n  setup:\n    jobs: [generate]\n";
const NEXT: &str = "version: 2.1\nparameters:\n  deep: {type: boolean, default: false}\njobs:\n  build:\n    \
                    docker: [{image: busybox}]\n    steps: [run: make]\nworkflows:\n  main:\n    jobs: [build]\n";

/// Steps until the runner has the job of the setup workflow, and gives the job's key.
async fn key(app: &mut TestApp) -> String {
    let before = app.runner().assignments().len();
    while app.runner().assignments().len() == before {
        assert!(app.step().await, "nobody gives the job to the runner");
    }
    let assignment = app.runner().assignments().last().unwrap();
    let key = assignment.environment.get("CIRCLE_CONTINUATION_KEY").cloned().unwrap();
    assert!(assignment.secrets.contains(&key), "the runner must know what to mask");
    key
}

async fn send(app: &TestApp, key: &str, parameters: Value) -> String {
    let body = json!({ "continuation-key": key, "configuration": NEXT, "parameters": parameters });
    let (status, answer) = app.post("/api/v2/pipeline/continue", body.to_string()).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    format!("{status} {}", answer["message"].as_str().unwrap())
}

#[tokio::test]
async fn a_pipeline_is_continued_once_by_who_has_its_key() {
    let mut app = TestApp::new().await;
    app.push("main", SETUP).await;
    let key = key(&mut app).await;
    let wrong = "0".repeat(64);
    assert_eq!(send(&app, &wrong, json!({})).await, "404 There is no pipeline with this continuation key.");
    assert_eq!(
        send(&app, &key, json!({ "deep": [] })).await,
        "400 the pipeline parameter `deep` must be a string, a boolean or an integer"
    );
    assert_eq!(send(&app, &key, json!({ "deep": true })).await, "200 Pipeline continued");
    assert_eq!(send(&app, &key, json!({})).await, "400 Pipeline is not in setup state.");
    app.settle().await;
    assert_eq!(send(&app, &key, json!({})).await, "400 Pipeline is not in setup state.");
    assert_snapshot!(app.timeline().await, @r"
    pipeline 1 on main: created
      workflow setup: success
        generate  blocked → queued → running → success
      workflow main: success
        build  blocked → queued → running → success
    ");
    // A job of what came of it has no right to continue anything.
    assert_eq!(app.runner().assignments().last().unwrap().environment.get("CIRCLE_CONTINUATION_KEY"), None);
}

#[tokio::test]
async fn a_body_that_is_none_says_what_is_wrong() {
    let app = TestApp::new().await;
    let (status, answer) = app.post("/api/v2/pipeline/continue", "{}").await;
    assert_eq!(status, 400);
    assert!(answer.contains("missing field `continuation-key`"), "{answer}");
}

#[tokio::test]
async fn a_setup_workflow_that_has_ended_continues_nothing() {
    let mut app = TestApp::new().await;
    app.push("main", SETUP).await;
    let key = key(&mut app).await;
    app.settle().await;
    assert_eq!(send(&app, &key, json!({})).await, "400 Pipeline is not in setup state. Its setup workflow has ended.");
}

#[tokio::test]
async fn after_six_hours_it_is_too_late() {
    let mut app = TestApp::new().await;
    app.push("main", SETUP).await;
    app.runner().pause();
    app.settle().await;
    app.advance_s(6 * 3600 + 1).await;
    app.runner().resume();
    let key = key(&mut app).await;
    assert_eq!(
        send(&app, &key, json!({})).await,
        "400 Pipeline is not in setup state. It was created more than six hours ago: start a new one."
    );
    app.settle().await;
}

#[tokio::test]
async fn parameters_of_the_trigger_are_not_given_again() {
    let mut app = TestApp::new().await;
    app.push("main", SETUP).await;
    app.settle().await;
    app.trigger(None, json!({ "deep": true })).await;
    let key = key(&mut app).await;
    assert_eq!(send(&app, &key, json!({ "deep": true })).await, "400 Conflicting pipeline parameters.");
    // Not given again, it reaches the continuation.
    assert_eq!(send(&app, &key, json!({})).await, "200 Pipeline continued");
    app.settle().await;
}

#[tokio::test]
async fn both_configurations_are_kept_as_they_were_and_expanded() {
    let mut app = TestApp::new().await;
    app.push("main", SETUP).await;
    let key = key(&mut app).await;
    let nobody = Person::nobody();
    let pipelines = nobody.get(&app, "/api/v2/project/gh/acme/api/pipeline").await.body;
    let path = format!("/api/v2/pipeline/{}/config", pipelines["items"][0]["id"].as_str().unwrap());
    let expands_to = |config: &Value, job: &str| {
        let text = config.as_str().unwrap();
        assert!(text.starts_with("version: 2\n") && text.contains(&format!("\n  {job}:\n")), "{text}");
    };
    let before = nobody.get(&app, &path).await.body;
    assert_eq!((&before["source"], &before["setup-config"]), (&json!(SETUP), &json!(SETUP)));
    expands_to(&before["compiled"], "generate");
    assert_eq!(before["compiled"], before["compiled-setup-config"]);
    assert_eq!(send(&app, &key, json!({ "deep": true })).await, "200 Pipeline continued");
    app.settle().await;
    let after = nobody.get(&app, &path).await.body;
    assert_eq!((&after["source"], &after["setup-config"]), (&json!(NEXT), &json!(SETUP)));
    expands_to(&after["compiled"], "build");
    expands_to(&after["compiled-setup-config"], "generate");
}
