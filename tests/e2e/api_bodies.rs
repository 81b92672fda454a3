//! What the API's answers look like, of everything that people set: members and types are CircleCI's.

use axum::http::Method;
use insta::assert_snapshot;
use kit::{TestApp, person::Person};
use serde_json::json;

use crate::api::{PROJECT, on_hold, shown, text};

#[tokio::test]
async fn variables_of_a_project() {
    let app = on_hold().await;
    let writer = Person::with_role(&app, "writer", "write").await;
    let path = format!("{PROJECT}/envvar");
    let set = writer.post(&app, &path, json!({ "name": "TOKEN", "value": "hunter2-abcd" })).await;
    let again = writer.post(&app, &path, json!({ "name": "TOKEN", "value": "another-wxyz" })).await;
    let answers = [
        set,
        again,
        writer.get(&app, &path).await,
        writer.get(&app, &format!("{path}/TOKEN")).await,
        writer.post(&app, &path, json!({ "name": "1 TOKEN", "value": "x" })).await,
        writer.call(&app, Method::DELETE, &format!("{path}/TOKEN"), None).await,
        writer.call(&app, Method::DELETE, &format!("{path}/TOKEN"), None).await,
        writer.get(&app, &format!("{path}/TOKEN")).await,
    ];
    let told: Vec<String> = answers.iter().map(shown).collect();
    assert!(!told.concat().contains("hunter2"), "a value left");
    assert_snapshot!("api_envvars", told.join("\n"));
}

#[tokio::test]
async fn contexts() {
    let app = on_hold().await;
    let root = Person::administrator(&app).await;
    let made = root.post(&app, "/api/v2/context", json!({ "name": "deploy", "owner": { "slug": "gh/acme" } })).await;
    let path = format!("/api/v2/context/{}", text(&made.body["id"]));
    let project = text(&root.get(&app, PROJECT).await.body["id"]);
    let variable = format!("{path}/environment-variable/TOKEN");
    let set = root.call(&app, Method::PUT, &variable, Some(json!({ "value": "hunter2-abcd" }))).await;
    let restriction = json!({ "restriction_type": "project", "restriction_value": project });
    let restricted = root.post(&app, &format!("{path}/restrictions"), restriction).await;
    let expression =
        json!({ "restriction_type": "expression", "restriction_value": "pipeline.git.branch == \"main\"" });
    let by_expression = root.post(&app, &format!("{path}/restrictions"), expression).await;
    let group = json!({ "restriction_type": "group", "restriction_value": "Site Reliability" });
    let by_group = root.post(&app, &format!("{path}/restrictions"), group).await;
    let lift = format!("{path}/restrictions/{}", text(&restricted.body["id"]));
    let answers = [
        made,
        set,
        restricted,
        by_expression,
        by_group,
        root.get(&app, "/api/v2/context?owner-slug=gh/acme").await,
        root.get(&app, &path).await,
        root.get(&app, &format!("{path}/environment-variable")).await,
        root.get(&app, &format!("{path}/restrictions")).await,
        root.call(&app, Method::DELETE, &lift, None).await,
        root.call(&app, Method::DELETE, &variable, None).await,
        root.call(&app, Method::DELETE, &path, None).await,
        root.get(&app, &path).await,
    ];
    let told: Vec<String> = answers.iter().map(shown).collect();
    assert!(!told.concat().contains("hunter2"), "a value left");
    assert_snapshot!("api_contexts", told.join("\n"));
}

#[tokio::test]
async fn schedules() {
    let app = on_hold().await;
    let writer = Person::with_role(&app, "writer", "write").await;
    let path = format!("{PROJECT}/schedule");
    let order = json!({
        "name": "nightly", "description": "every night", "attribution-actor": "current",
        "timetable": { "per-hour": 1, "hours-of-day": [3], "days-of-week": ["MON", "FRI"] },
        "parameters": { "branch": "main", "deploy": true },
    });
    let made = writer.post(&app, &path, order).await;
    let one = format!("/api/v2/schedule/{}", text(&made.body["id"]));
    let change = json!({ "name": "weekly", "attribution-actor": "system",
        "timetable": { "per-hour": 2, "hours-of-day": [3], "days-of-month": [1], "months": ["JAN", "JUL"] } });
    let answers = [
        made,
        writer.get(&app, &path).await,
        writer.call(&app, Method::PATCH, &one, Some(change)).await,
        writer.get(&app, &one).await,
        writer.post(&app, &path, json!({ "name": "never", "attribution-actor": "system", "parameters": {} })).await,
        writer.call(&app, Method::DELETE, &one, None).await,
        writer.get(&app, &one).await,
    ];
    assert_snapshot!("api_schedules", answers.iter().map(shown).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn settings_of_a_project() {
    let app = on_hold().await;
    let maintainer = Person::with_role(&app, "maintainer", "admin").await;
    let path = format!("{PROJECT}/settings");
    let change = |advanced| Some(json!({ "advanced": advanced }));
    let answers = [
        maintainer.get(&app, &path).await,
        maintainer.call(&app, Method::PATCH, &path, change(json!({ "autocancel_builds": true }))).await,
        maintainer.call(&app, Method::PATCH, &path, change(json!({ "forks_receive_secret_env_vars": true }))).await,
        maintainer.call(&app, Method::PATCH, &path, Some(json!({}))).await,
    ];
    assert_snapshot!("api_settings", answers.iter().map(shown).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn pauses() {
    let mut app = on_hold().await;
    let root = Person::administrator(&app).await;
    let answers = [
        root.post(&app, "/api/v2/pause", json!({ "reason": "the disk is being replaced" })).await,
        root.post(&app, &format!("{PROJECT}/pause"), json!({})).await,
        root.post(&app, "/api/v2/pause", json!({ "runner": "scripted", "reason": "new memory" })).await,
        root.get(&app, "/api/v2/pause").await,
        root.post(&app, "/api/v2/resume", json!({})).await,
        root.post(&app, "/api/v2/resume", json!({})).await,
        root.post(&app, "/api/v2/resume", json!({ "runner": "scripted" })).await,
        root.post(&app, &format!("{PROJECT}/resume"), json!({})).await,
        root.get(&app, "/api/v2/pause").await,
    ];
    assert_snapshot!("api_pauses", answers.iter().map(shown).collect::<Vec<_>>().join("\n"));
    app.settle().await;
}

const IN_LINE: &str = "
version: 2.1
jobs:
  build:
    docker: [{image: busybox}]
    steps: [{run: make}]
workflows:
  main:
    jobs:
      - build: {serial-group: deploy}
      - after: {type: no-op, requires: [build]}
";

#[tokio::test]
async fn a_job_that_waits_for_a_lock_is_queued_as_at_circleci_and_a_configuration_is_shown_expanded() {
    let mut app = TestApp::new().await;
    app.runner().pause();
    app.push("main", IN_LINE).await;
    app.push("main", IN_LINE).await;
    app.settle().await;
    let nobody = Person::nobody();
    let pipelines = nobody.get(&app, &format!("{PROJECT}/pipeline")).await.body;
    let second = text(&pipelines["items"][0]["id"]);
    let workflows = nobody.get(&app, &format!("/api/v2/pipeline/{second}/workflow")).await.body;
    let workflow = text(&workflows["items"][0]["id"]);
    let jobs = nobody.get(&app, &format!("/api/v2/workflow/{workflow}/job")).await.body;
    let told: Vec<(&str, &str)> = jobs["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["name"].as_str().unwrap(), job["status"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("build", "queued"), ("after", "blocked")]);
    let number = &jobs["items"][0]["job_number"];
    let job = nobody.get(&app, &format!("{PROJECT}/job/{number}")).await.body;
    assert_eq!(job["status"], "queued");
    assert_eq!(
        job["messages"][0]["message"],
        "waits for the serial group `deploy`: `build` of acme/api #1 has the lock"
    );
    let config = nobody.get(&app, &format!("/api/v2/pipeline/{second}/config")).await;
    assert_snapshot!("api_config_expanded", text(&config.body["compiled"]));
    app.runner().resume();
    app.settle().await;
}
