//! The pages of those who run the server: queue, runners, contexts, and what a project's jobs are given.

use axum::http::Method;
use kit::{TestApp, person::Person};
use serde_json::json;
use store::{context, project_variable, ssh_key};

const CONFIG: &str = "
version: 2.1
parameters:
  deep: {type: boolean, default: false}
  level: {type: integer, default: 1}
  text: {type: string, default: plain}
jobs:
  build:
    docker: [{image: busybox}]
    steps: [run: make]
workflows:
  main:
    jobs: [build]
";

/// With a job that no runner takes.
fn with_a_big_job() -> String {
    let big =
        "  big:\n    docker: [{image: busybox}]\n    resource_class: acme/big\n    steps: [run: make]\nworkflows:";
    CONFIG.replace("workflows:", big).replace("[build]", "[build, big]")
}

/// A form's value, encoded.
fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A fresh private key.
fn private_key() -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"];
    let made = std::process::Command::new("ssh-keygen").args(arguments).arg(&file).status();
    assert!(made.expect("ssh-keygen is installed (scripts/setup test)").success());
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn work_is_held_back_and_let_go_from_the_queue_s_page() {
    let mut app = TestApp::new().await;
    app.push("main", &with_a_big_job()).await;
    let (root, writer) = (Person::administrator(&app).await, Person::with_role(&app, "writer", "write").await);
    let owner = Person::with_role(&app, "owner", "admin").await;
    let reason = "reason=a+new+disk+%3Cb%3E";
    assert_eq!(Person::nobody().submit(&app, "/actions/pause", reason).await, 401);
    assert_eq!(writer.submit(&app, "/actions/pause", reason).await, 403);
    assert_eq!(root.submit(&app, "/actions/pause", reason).await, 303);
    app.settle().await;
    let page = root.page(&app, "/queue").await.1;
    for part in ["by root since", "a new disk &lt;b&gt;", "Nothing of it runs any more.", "build", "docker/medium"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let seen = writer.page(&app, "/queue").await.1;
    assert!(seen.contains("a new disk") && !seen.contains("/actions/resume"), "who may not sees no button");
    assert_eq!(root.submit(&app, "/actions/resume", "").await, 303);

    // A project belongs to its own administrators.
    let project = app.project().await;
    let of_project = format!("project={}&from=settings&reason=freeze", project.id);
    assert_eq!(writer.submit(&app, "/actions/pause", &of_project).await, 403);
    assert_eq!(owner.submit(&app, "/actions/pause", &of_project).await, 303);
    let page = owner.page(&app, "/settings/project/github/acme/api").await.1;
    assert!(page.contains("New work of this project is blocked by owner"), "{page}");
    assert!(app.why("build").await.contains("freeze"));
    assert_eq!(owner.submit(&app, "/actions/resume", &of_project).await, 303);
    app.settle().await;
    assert_eq!(app.job("build").await.state.outcome(), Some(model::job::Outcome::Success));
    let page = root.page(&app, "/queue").await.1;
    assert!(page.contains("No runner offers the resource class <code>acme/big</code>"), "{page}");
    app.cancel("workflow", "main").await;
    app.settle().await;
}

#[tokio::test]
async fn an_administrator_sets_limits_and_takes_them_back() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    let (root, owner) = (Person::administrator(&app).await, Person::with_role(&app, "owner", "admin").await);
    assert_eq!(owner.submit(&app, "/actions/limits", "of=all&most=0").await, 403);
    assert_eq!(root.submit(&app, "/actions/limits", "of=all&most=many").await, 400);
    assert_eq!(root.submit(&app, "/actions/limits", "of=class&class=&most=1").await, 409);
    assert_eq!(root.submit(&app, "/actions/limits", "of=class&class=docker%2Fmedium&most=0").await, 303);
    app.settle().await;
    assert_eq!(app.why("build").await, "the limit of 0 tasks of the class docker/medium is reached");
    let page = root.page(&app, "/queue").await.1;
    assert!(page.contains("set by root"), "{page}");
    assert_eq!(root.submit(&app, "/actions/limits", "of=class&class=docker%2Fmedium&reset=yes").await, 303);
    let project = app.project().await;
    let own = format!("of=project&project={}&most=0", project.id);
    assert_eq!(root.submit(&app, "/actions/limits", &own).await, 303);
    app.settle().await;
    assert_eq!(app.why("build").await, "the project's limit of 0 tasks is reached");
    assert!(root.page(&app, "/queue").await.1.contains("the project&#39;s own"));
    assert_eq!(root.submit(&app, "/actions/limits", &format!("{own}&reset=yes")).await, 303);
    app.settle().await;
    assert_eq!(app.job("build").await.state.outcome(), Some(model::job::Outcome::Success));
}

#[tokio::test]
async fn runners_are_shown_with_what_they_do_and_drained() {
    let mut app = TestApp::new().await;
    let root = Person::administrator(&app).await;
    let empty = root.page(&app, "/runners").await.1;
    assert!(empty.contains("No runner has asked for work yet"), "{empty}");
    assert!(empty.contains("ROUNDHOUSE_RUNNER_SERVER=https://ci.example "), "the exact command is there");
    app.push("main", &with_a_big_job()).await;
    app.settle().await;
    let page = root.page(&app, "/runners").await.1;
    for part in ["scripted", "Docker and machine", "version 1.2.3", "0/2", "idle", "Online", "acme/big"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert_eq!(root.submit(&app, "/actions/pause", "runner=nobody&from=runners").await, 404);
    assert_eq!(root.submit(&app, "/actions/pause", "runner=scripted&from=runners").await, 303);
    let page = root.page(&app, "/runners").await.1;
    assert!(page.contains("Drained") && page.contains("it can be stopped") && page.contains("Resume"), "{page}");
    assert_eq!(root.submit(&app, "/actions/resume", "runner=scripted&from=runners").await, 303);
    app.advance_s(600).await;
    app.cancel("workflow", "main").await;
    app.settle().await;
    app.runner().pause();
    app.advance_s(600).await;
    let page = root.page(&app, "/runners").await.1;
    assert!(page.contains("Not heard of for"), "{page}");
    app.runner().resume();
}

#[tokio::test]
async fn a_runner_that_is_gone_is_removed_and_its_jobs_still_name_it() {
    let mut app = TestApp::new().await;
    let (root, owner) = (Person::administrator(&app).await, Person::with_role(&app, "owner", "admin").await);
    app.push("main", CONFIG).await;
    app.settle().await;
    let (form, fields, route) = ("/actions/runners/remove", "runner=scripted", "/api/v2/runner/scripted");
    assert_eq!(owner.submit(&app, form, fields).await, 403);
    assert_eq!(root.submit(&app, form, fields).await, 409, "it is online");
    let refused = root.call(&app, Method::DELETE, route, None).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.body["message"], "the runner `scripted` is online: stop it, and remove it 3 minutes later");
    assert!(!root.page(&app, "/runners").await.1.contains(form), "who is there cannot be removed");
    app.runner().pause();
    app.advance_s(600).await;
    let (page, seen) = (root.page(&app, "/runners").await.1, owner.page(&app, "/runners").await.1);
    assert!(page.contains(form) && !seen.contains(form), "{page}");
    let listed = owner.get(&app, "/api/v2/runner").await.body;
    assert_eq!((&listed["items"][0]["name"], &listed["items"][0]["status"]), (&json!("scripted"), &json!("away")));
    assert_eq!(root.submit(&app, form, fields).await, 303);
    assert_eq!(root.submit(&app, form, fields).await, 404);
    assert!(root.page(&app, "/runners").await.1.contains("No runner has asked for work yet"));
    let job = app.job("build").await;
    let page = format!("/pipelines/github/acme/api/1/workflows/{}/jobs/{}", job.workflow_id, job.number);
    assert!(root.page(&app, &page).await.1.contains("scripted"), "what it ran still names it");

    // It comes again, and goes by the API.
    app.runner().resume();
    app.push("main", CONFIG).await;
    app.settle().await;
    assert!(root.page(&app, "/runners").await.1.contains("scripted"));
    app.runner().pause();
    app.advance_s(600).await;
    assert_eq!(root.call(&app, Method::DELETE, route, None).await.status, 200);
    assert_eq!(root.call(&app, Method::DELETE, route, None).await.status, 404);
    app.runner().resume();
}

#[tokio::test]
async fn serial_groups_are_shown_and_released_on_the_queue_s_page() {
    let mut app = TestApp::new().await;
    let config = CONFIG.replace("jobs: [build]", "jobs: [build: {serial-group: acme/deploy}]");
    let root = Person::administrator(&app).await;
    app.runner().pause();
    app.push("main", &config).await;
    app.settle().await;
    app.push("other", &config).await;
    app.settle().await;
    let page = root.page(&app, "/queue").await.1;
    for part in ["Queue of acme/deploy", "holds it", "api 1", "next", "api 2"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let fields = "vcs=github&org=acme&key=acme%2Fdeploy";
    let writer = Person::with_role(&app, "writer", "write").await;
    assert_eq!(writer.submit(&app, "/actions/serial-groups/release", fields).await, 403);
    assert_eq!(root.submit(&app, "/actions/serial-groups/release", fields).await, 303);
    app.settle().await;
    let page = root.page(&app, "/queue").await.1;
    assert!(page.contains("api 2") && !page.contains("next in line") && page.contains("holds it"), "{page}");
    app.runner().resume();
    app.settle().await;
    assert!(root.page(&app, "/queue").await.1.contains("No job holds a serial group"));
}

#[tokio::test]
async fn contexts_are_kept_on_pages_and_values_never_shown() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let (root, owner) = (Person::administrator(&app).await, Person::with_role(&app, "owner", "admin").await);
    assert_eq!(owner.page(&app, "/contexts").await.0, 403);
    assert_eq!(owner.submit(&app, "/actions/contexts", "owner=github%2Facme&name=deploy").await, 403);
    assert_eq!(root.submit(&app, "/actions/contexts", "owner=nowhere&name=deploy").await, 400);
    assert_eq!(root.submit(&app, "/actions/contexts", "owner=github%2Facme&name=deploy").await, 303);
    assert_eq!(root.submit(&app, "/actions/contexts", "owner=github%2Facme&name=deploy").await, 409);
    let made = context::list(app.server().store().read()).await.unwrap();
    let (page, action) = (format!("/contexts/{}", made[0].id), format!("/actions/contexts/{}", made[0].id));
    let secret = "swordfish-and-chips-4242";
    let set = format!("name=TOKEN&value={secret}");
    assert_eq!(owner.submit(&app, &format!("{action}/variables"), &set).await, 403);
    assert_eq!(root.submit(&app, &format!("{action}/variables"), "name=1X&value=a").await, 400);
    assert_eq!(root.submit(&app, &format!("{action}/variables"), &set).await, 303);
    let restrict = format!("{action}/restrictions");
    assert_eq!(root.submit(&app, &restrict, "kind=project&value=acme%2Fother").await, 400, "no such project");
    assert_eq!(root.submit(&app, &restrict, "kind=project&value=acme%2Fapi").await, 303);
    assert_eq!(root.submit(&app, &restrict, "kind=group&value=not+a+slug%2F").await, 400);
    assert_eq!(root.submit(&app, &restrict, "kind=group&value=release-captains").await, 303);
    assert_eq!(root.submit(&app, &restrict, "kind=expression&value=%22").await, 400);
    let expression = format!("kind=expression&value={}", encode("pipeline.git.branch == \"main\""));
    assert_eq!(root.submit(&app, &restrict, &expression).await, 303);
    for path in ["/contexts", &page] {
        let html = root.page(&app, path).await.1;
        assert!(
            html.contains("TOKEN")
                && html.contains("acme/api")
                && html.contains("release-captains")
                && html.contains("pipeline.git.branch =="),
            "{html}"
        );
        assert!(!html.contains("swordfish"), "a value is on the page {path}");
    }
    let html = root.page(&app, &page).await.1;
    assert!(html.contains("xxxx4242"), "{html}");
    let lift =
        html.split("action=\"").filter_map(|rest| rest.split('"').next()).find(|it| it.contains("/restrictions/"));
    assert_eq!(root.submit(&app, lift.unwrap(), "").await, 303);
    assert_eq!(root.submit(&app, &format!("{action}/variables/delete"), "name=TOKEN").await, 303);
    assert_eq!(root.submit(&app, &format!("{action}/variables/delete"), "name=TOKEN").await, 404);
    assert_eq!(root.submit(&app, &format!("{action}/delete"), "").await, 303);
    assert_eq!(root.page(&app, &page).await.0, 404);
}

#[tokio::test]
async fn a_project_s_variables_and_keys_are_for_those_who_may() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let project = app.project().await;
    let (reader, writer) =
        (Person::with_role(&app, "reader", "read").await, Person::with_role(&app, "writer", "write").await);
    let owner = Person::with_role(&app, "owner", "admin").await;
    let (settings, action) = ("/settings/project/github/acme/api", format!("/actions/projects/{}", project.id));
    let set = "name=API_TOKEN&value=swordfish-and-chips-4242";
    assert_eq!(reader.submit(&app, &format!("{action}/variables"), set).await, 403);
    assert_eq!(writer.submit(&app, &format!("{action}/variables"), set).await, 303);
    let html = writer.page(&app, settings).await.1;
    assert!(html.contains("API_TOKEN") && html.contains("xxxx4242") && !html.contains("swordfish"), "{html}");
    assert!(!reader.page(&app, settings).await.1.contains("API_TOKEN"), "names are for those who may write");
    assert_eq!(writer.submit(&app, &format!("{action}/variables/delete"), "name=API_TOKEN").await, 303);
    assert!(project_variable::list(app.server().store().read(), project.id).await.unwrap().is_empty());

    let key = encode(&private_key());
    let add = format!("usage=additional&place=deploy.example.com&key={key}");
    assert_eq!(writer.submit(&app, &format!("{action}/ssh-keys"), &add).await, 403);
    assert_eq!(owner.submit(&app, &format!("{action}/ssh-keys"), "usage=additional&key=none").await, 400);
    assert_eq!(owner.submit(&app, &format!("{action}/ssh-keys"), &add).await, 303);
    let keys = ssh_key::list(app.server().store().read(), project.id).await.unwrap();
    let html = writer.page(&app, settings).await.1;
    assert!(html.contains("deploy.example.com") && html.contains(&keys[0].public_key), "{html}");
    assert!(!html.contains("BEGIN OPENSSH PRIVATE KEY-----\n"), "the private half is on the page");
    let which = format!("fingerprint={}", encode(&keys[0].sha256));
    assert_eq!(owner.submit(&app, &format!("{action}/ssh-keys/delete"), &which).await, 303);
    assert!(ssh_key::list(app.server().store().read(), project.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_pipeline_runs_again_with_other_parameters() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let writer = Person::with_role(&app, "writer", "write").await;
    let page = writer.page(&app, "/pipelines/github/acme/api/1/parameters").await.1;
    let again = page.split("action=\"").filter_map(|rest| rest.split('"').next()).find(|it| it.ends_with("/again"));
    let again = again.expect("the tab has a form").to_owned();
    for part in ["name=\"parameter.deep\"", "name=\"parameter.level\"", "value=\"plain\"", "Run again"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert_eq!(writer.submit(&app, &again, "parameter.level=several").await, 400);
    let fields = "parameter.deep=true&parameter.level=1&parameter.text=other";
    assert_eq!(writer.submit(&app, &again, fields).await, 303);
    app.settle().await;
    let store = app.server().store();
    let project = app.project().await;
    let second = store::pipeline::find_by_number(store.read(), project.id, 2).await.unwrap().unwrap();
    assert_eq!(
        second.parameters,
        json!({ "deep": true, "text": "other" }),
        "what stays as it is declared is not given"
    );
    let page = writer.page(&app, "/pipelines/github/acme/api/2/parameters").await.1;
    assert!(page.contains("value=\"other\""), "{page}");
}
