//! Custom webhooks, from outside; and pull requests' values.

use kit::TestApp;
use model::{pipeline::PipelineState, project::GitRef, trigger::Trigger, zone::Zone};
use roundhouse::{clock::Clock, trigger::webhook};
use secrecy::ExposeSecret;
use store::pipeline::{Pipeline, PipelineFilter};

const CONFIG: &str = "version: 2.1\njobs:\n  build:\n    docker: [{image: busybox}]\n    steps: [run: make]\n\
                      workflows:\n  main:\n    jobs: [build]\n";

async fn app() -> TestApp {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    app
}

async fn newest(app: &TestApp) -> Pipeline {
    let pipelines = store::pipeline::list(app.server().store().read(), &PipelineFilter::default(), 1).await.unwrap();
    pipelines.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_custom_webhook_starts_a_pipeline_with_its_body() {
    let mut app = app().await;
    let (store, clock, project) = (app.server().store().clone(), app.server().clock().clone(), app.project().await.id);
    let (made, secret) = webhook::create(&store, &clock, project, "registry", None, "ada").await.unwrap();
    let path = format!("/hooks/custom/{}", made.id);
    let body = r#"{"image": "app:2"}"#;
    for wrong in [path.clone(), format!("{path}?secret=no"), "/hooks/custom/no".to_owned()] {
        let (status, answer) = app.post(&wrong, body).await;
        assert_eq!((status, answer.contains("no custom webhook with this id and secret")), (401, true), "{answer}");
    }
    let (status, answer) = app.post(&format!("{path}?secret={}", secret.expose_secret()), body).await;
    assert_eq!((status, answer.contains("\"number\":2")), (202, true), "{answer}");
    app.settle().await;
    let pipeline = newest(&app).await;
    assert_eq!((pipeline.number, pipeline.state, pipeline.trigger), (2, PipelineState::Created, Trigger::Webhook));
    assert_eq!(pipeline.values["pipeline.trigger_parameters.webhook.body"], body);
    assert_eq!(pipeline.values["pipeline.event.name"], "custom_webhook");
    assert_eq!(pipeline.values["pipeline.git.commit.subject"], "Change something");
    assert_eq!(pipeline.subject, "Change something");
    let again = webhook::create(&store, &clock, project, "registry", None, "ada").await.unwrap_err();
    assert_eq!(again.to_string(), "the project has a custom webhook `registry` already");
    webhook::delete(&store, made.id).await.unwrap();
    let (status, _) = app.post(&format!("{path}?secret={}", secret.expose_secret()), body).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_forks_pull_request_is_not_trusted() {
    let mut app = app().await;
    app.set_triggers(|settings| settings.build_forks = true).await;
    app.push("hello", CONFIG).await;
    app.settle().await;
    let sha = app.pull_request("opened", 7, "hello", Some("stranger/api")).await;
    app.settle().await;
    let pipeline = newest(&app).await;
    assert_eq!((pipeline.git_ref, pipeline.sha), (GitRef::Branch("pull/7".to_owned()), sha));
    assert!(matches!(pipeline.zone, Zone::Fork { repository: Some(_) }), "{}", pipeline.zone);
    assert_eq!(pipeline.values["pipeline.event.name"], "pull_request");
    assert_eq!(pipeline.values["pipeline.event.action"], "opened");
    assert_eq!(pipeline.values["pipeline.event.github.pull_request.head.ref"], "hello");
    // For CIRCLE_PR_USERNAME and CIRCLE_PR_REPONAME.
    let of_pull_request = |name: &str| pipeline.values[&format!("pipeline.event.github.pull_request.{name}")].clone();
    assert_eq!(of_pull_request("head.repo.full_name"), "stranger/api");
    assert!(of_pull_request("user.login").is_string());
}

#[tokio::test]
async fn a_push_to_a_branch_with_a_pull_request_knows_its_page() {
    let mut app = app().await;
    app.push("hello", CONFIG).await;
    app.settle().await;
    app.pull_request("opened", 7, "hello", None).await;
    app.settle().await;
    app.push("hello", CONFIG).await;
    app.settle().await;
    let page = newest(&app).await.values["pipeline.event.context.github.pr_url"].clone();
    assert!(page.as_str().unwrap().ends_with("/acme/api/pull/7"), "{page}");
    assert!(matches!(app.server().clock(), Clock::Manual(_)));
}
