//! API v2, as its clients call it.

use axum::http::Method;
use insta::assert_snapshot;
use kit::{
    TestApp,
    app::REPOSITORY,
    person::{Answer, Person},
};
use roundhouse::http::api::{Access, routes};
use serde_json::{Value, json};

const CONFIG: &str = "
version: 2.1
parameters:
  deploy: {type: boolean, default: false}
jobs:
  build:
    docker: [{image: busybox}]
    steps: [checkout, run: make]
  ship: {type: no-op}
workflows:
  main:
    jobs:
      - build
      - hold: {type: approval, requires: [build]}
      - ship: {requires: [hold]}
";

pub(crate) const PROJECT: &str = "/api/v2/project/gh/acme/api";

/// A server with a pipeline that waits for an approval.
pub(crate) async fn on_hold() -> TestApp {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    app
}

/// Ids of the first pipeline, its workflow, and its job `hold`.
async fn ids(app: &TestApp) -> (String, String, String) {
    let nobody = Person::nobody();
    let pipeline = text(&nobody.get(app, &format!("{PROJECT}/pipeline")).await.body["items"][0]["id"]);
    let workflow =
        text(&nobody.get(app, &format!("/api/v2/pipeline/{pipeline}/workflow")).await.body["items"][0]["id"]);
    let jobs = nobody.get(app, &format!("/api/v2/workflow/{workflow}/job")).await.body;
    let hold = jobs["items"].as_array().unwrap().iter().find(|job| job["name"] == "hold").unwrap();
    (pipeline, workflow, text(&hold["approval_request_id"]))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// An answer with its ids and ports replaced by words, in the order in which they come.
pub(crate) fn shown(answer: &Answer) -> String {
    let text = format!("{} {}", answer.status, serde_json::to_string_pretty(&answer.body).unwrap());
    let mut seen: Vec<String> = Vec::new();
    let mut words = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|character: char| character.is_ascii_hexdigit()) {
        let candidate = rest.get(start..start + 36).unwrap_or_default();
        let is_id = candidate.len() == 36
            && candidate.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        let end = if is_id { start + 36 } else { start + 1 };
        words.push_str(&rest[..start]);
        if is_id {
            let number = seen.iter().position(|id| id == candidate).unwrap_or_else(|| {
                seen.push(candidate.to_owned());
                seen.len() - 1
            });
            words.push_str(&format!("<id {}>", number + 1));
        } else {
            words.push_str(&rest[start..end]);
        }
        rest = &rest[end..];
    }
    words.push_str(rest);
    without_ports(&words)
}

fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        shown + "forge" + part.trim_start_matches(|character: char| character.is_ascii_digit())
    })
}

#[tokio::test]
async fn what_is_read_has_the_shapes_that_clients_know() {
    let app = on_hold().await;
    let nobody = Person::nobody();
    let (pipeline, workflow, _) = ids(&app).await;
    assert_snapshot!("api_project", shown(&nobody.get(&app, PROJECT).await));
    assert_snapshot!("api_pipelines", shown(&nobody.get(&app, &format!("{PROJECT}/pipeline")).await));
    assert_snapshot!("api_workflows", shown(&nobody.get(&app, &format!("/api/v2/pipeline/{pipeline}/workflow")).await));
    assert_snapshot!("api_jobs", shown(&nobody.get(&app, &format!("/api/v2/workflow/{workflow}/job")).await));
    assert_snapshot!("api_job", shown(&nobody.get(&app, &format!("{PROJECT}/job/1")).await));
    assert_snapshot!("api_config", shown(&nobody.get(&app, &format!("/api/v2/pipeline/{pipeline}/config")).await));
    // The same thing by other addresses.
    let one = nobody.get(&app, &format!("/api/v2/pipeline/{pipeline}")).await.body;
    for path in [
        format!("{PROJECT}/pipeline/1"),
        "//api/v2//project/github/acme/api/pipeline/1/".to_owned(),
        "/api/v2/project/gh%2Facme%2Fapi/pipeline/1".to_owned(),
    ] {
        let answer = nobody.get(&app, &path).await;
        assert_eq!((answer.status, &answer.body), (200, &one), "{path}");
    }
    let by_workflow = nobody.get(&app, &format!("/api/v2/workflow/{workflow}")).await;
    assert_eq!(by_workflow.body["status"], "on_hold");
    let values = nobody.get(&app, &format!("/api/v2/pipeline/{pipeline}/values")).await;
    assert_eq!(values.body["pipeline.number"], 1);
    assert_eq!(values.body["pipeline.git.branch"], "main");
    for kept in ["artifacts", "tests"] {
        let answer = nobody.get(&app, &format!("{PROJECT}/1/{kept}")).await;
        assert_eq!((answer.status, answer.body), (200, json!({ "items": [], "next_page_token": null })));
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let mut app = TestApp::new().await;
    for _ in 0..22 {
        app.push("main", CONFIG).await;
    }
    app.settle().await;
    let nobody = Person::nobody();
    for list in [format!("{PROJECT}/pipeline"), "/api/v2/pipeline".to_owned()] {
        let first = nobody.get(&app, &format!("{list}?page-token=")).await.body;
        assert_eq!(first["items"].as_array().unwrap().len(), 20);
        assert_eq!(first["items"][0]["number"], 22);
        let second = nobody.get(&app, &format!("{list}?page-token={}", text(&first["next_page_token"]))).await.body;
        assert_eq!(second["items"][0]["number"], 2);
        assert_eq!(second["items"].as_array().unwrap().len(), 2);
        assert_eq!(second["next_page_token"], Value::Null);
        assert_eq!(nobody.get(&app, &format!("{list}?page-token=7")).await.status, 400);
    }
}

#[tokio::test]
async fn a_person_starts_approves_reruns_and_cancels() {
    let mut app = on_hold().await;
    let writer = Person::with_role(&app, "writer", "write").await;
    let (pipeline, workflow, hold) = ids(&app).await;

    let approved = writer.post(&app, &format!("/api/v2/workflow/{workflow}/approve/{hold}"), json!({})).await;
    assert_eq!((approved.status, approved.body), (202, json!({ "message": "Accepted." })));
    let again = writer.post(&app, &format!("/api/v2/workflow/{workflow}/approve/{hold}"), json!({})).await;
    assert_eq!((again.status, again.body), (400, json!({ "message": "job `hold` is not on hold" })));
    app.settle().await;
    let jobs = writer.get(&app, &format!("/api/v2/workflow/{workflow}/job")).await;
    assert_snapshot!("api_jobs_approved", shown(&jobs));

    let rerun = writer.post(&app, &format!("/api/v2/workflow/{workflow}/rerun"), json!({ "from_failed": false })).await;
    assert_eq!(rerun.status, 202, "{}", rerun.body);
    let second = text(&rerun.body["workflow_id"]);
    app.settle().await;
    let attempt = writer.get(&app, &format!("/api/v2/workflow/{second}")).await.body;
    assert_eq!((&attempt["attempt"], &attempt["rerun_of"]), (&json!(2), &json!(workflow)));
    let ssh = json!({ "enable_ssh": true, "jobs": [hold] });
    assert_eq!(writer.post(&app, &format!("/api/v2/workflow/{workflow}/rerun"), ssh).await.status, 400);

    assert_eq!(writer.call(&app, Method::POST, &format!("/api/v2/workflow/{second}/cancel"), None).await.status, 202);
    app.settle().await;
    let attempt = writer.get(&app, &format!("/api/v2/workflow/{second}")).await.body;
    assert_eq!((&attempt["status"], &attempt["reason"]), (&json!("canceled"), &json!("writer canceled the workflow")));
    assert_eq!(writer.post(&app, &format!("/api/v2/pipeline/{pipeline}/cancel"), json!({})).await.status, 202);

    let order = json!({ "branch": "main", "parameters": { "deploy": true } });
    let started = writer.post(&app, &format!("{PROJECT}/pipeline"), order).await;
    assert_eq!((started.status, &started.body["state"], &started.body["number"]), (201, &json!("pending"), &json!(2)));
    app.settle().await;
    let started = writer.get(&app, &format!("{PROJECT}/pipeline/2")).await;
    assert_snapshot!("api_pipeline_triggered", shown(&started));
    let both = json!({ "branch": "main", "tag": "v1" });
    assert_eq!(writer.post(&app, &format!("{PROJECT}/pipeline"), both).await.status, 400);
}

#[tokio::test]
async fn a_person_denies() {
    let mut app = on_hold().await;
    let writer = Person::with_role(&app, "writer", "write").await;
    let (_, workflow, hold) = ids(&app).await;
    let denied = writer.post(&app, &format!("/api/v2/workflow/{workflow}/deny/{hold}"), json!({})).await;
    assert_eq!(denied.status, 202, "{}", denied.body);
    app.settle().await;
    assert_snapshot!("api_jobs_denied", shown(&writer.get(&app, &format!("/api/v2/workflow/{workflow}/job")).await));
}

#[tokio::test]
async fn refusals_say_why() {
    let app = on_hold().await;
    let (_, workflow, hold) = ids(&app).await;
    let reader = Person::with_role(&app, "reader", "read").await;
    let approve = format!("/api/v2/workflow/{workflow}/approve/{hold}");
    let answers = [
        Person::nobody().post(&app, &approve, json!({})).await,
        reader.post(&app, &approve, json!({})).await,
        reader.post(&app, "/api/v2/serial-group/release", json!({})).await,
        reader.get(&app, "/api/v2/project/gh/acme/nothing").await,
        reader.get(&app, "/api/v2/workflow/7").await,
        reader.get(&app, "/api/v2/nothing").await,
        reader.call(&app, Method::DELETE, "/api/v2/me", None).await,
        Person::with_role(&app, "writer", "write").await.post(&app, &format!("{PROJECT}/pipeline"), json!([])).await,
    ];
    let lines: Vec<String> =
        answers.iter().map(|answer| format!("{} {}", answer.status, answer.body["message"])).collect();
    assert_snapshot!("api_refusals", lines.join("\n"));
}

/// Every route with everybody: the table of routes says what each takes, and a route that is added is tried here by itself.
#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let mut app = on_hold().await;
    let people = [
        ("nobody", Person::nobody()),
        ("other", Person::with_role(&app, "other", "none").await),
        ("reader", Person::with_role(&app, "reader", "read").await),
        ("writer", Person::with_role(&app, "writer", "write").await),
        ("maintainer", Person::with_role(&app, "maintainer", "admin").await),
        ("administrator", Person::administrator(&app).await),
    ];
    let (pipeline, workflow, hold) = ids(&app).await;
    let root = &people[5].1;
    let mut table = String::new();
    for route in routes() {
        // What an earlier route has taken away is there again.
        let schedule = json!({
            "name": "nightly", "cron": "0 3 * * *", "parameters": { "branch": "main" }, "attribution-actor": "system"
        });
        let schedule = root.post(&app, &format!("{PROJECT}/schedule"), schedule).await.body;
        let context = json!({ "name": format!("c{}", table.len()), "owner": { "slug": "gh/acme" } });
        let context = root.post(&app, "/api/v2/context", context).await.body;
        let path = route
            .path
            .replace("{slug}", "gh/acme/api")
            .replace("{pipeline}", &pipeline)
            .replace("{workflow}", &workflow)
            .replace("{job}", &hold)
            .replace("{approval}", &hold)
            .replace("{schedule}", schedule["id"].as_str().unwrap_or("none"))
            .replace("{context}", context["id"].as_str().unwrap_or("none"))
            .replace("{restriction}", &hold)
            .replace("{number}", "1")
            .replace("{name}", "NAME")
            .replace("{user}", &hold);
        assert!(!path.contains('{'), "{path}: say here what stands for that");
        table += &format!("{:<7} {:<54}", route.method.as_str(), route.path);
        for (name, person) in &people {
            let answer = person.call(&app, route.method.clone(), &format!("/api/v2{path}"), Some(json!({}))).await;
            assert!(answer.status < 500, "{name} {} {path}: {} {}", route.method, answer.status, answer.body);
            let let_in = !matches!(answer.status, 401 | 403);
            assert_eq!(let_in, may(route.access, name), "{name} {} {path}: {}", route.method, answer.body);
            table += &format!(" {:<4}", if let_in { "yes".to_owned() } else { answer.status.to_string() });
        }
        table = table.trim_end().to_owned() + "\n";
    }
    assert_snapshot!("api_access", table);
    app.settle().await;
}

/// Who may what, said a second time.
fn may(access: Access, name: &str) -> bool {
    use model::permission::Permission;
    let rank =
        ["nobody", "other", "reader", "writer", "maintainer", "administrator"].iter().position(|who| *who == name);
    let least = match access {
        Access::Anybody | Access::Bearer => 0,
        Access::Known => 1,
        Access::Administrator | Access::Context => 5,
        Access::Project(need)
        | Access::Pipeline(need)
        | Access::Workflow(need)
        | Access::Job(need)
        | Access::Schedule(need) => match need {
            // Reading needs no login, unless the settings say so.
            Permission::None | Permission::Read => 0,
            Permission::Write => 3,
            Permission::Admin => 4,
        },
    };
    rank.unwrap() >= least
}

#[tokio::test]
async fn gitlab_tells_rights_too() {
    let mut app = TestApp::new().await;
    app.push_to_gitlab("main", CONFIG).await;
    app.settle().await;
    let path = "/api/v2/project/gl/acme/api/pipeline";
    app.gitlab().set_access_level(REPOSITORY, "developer", 30);
    app.gitlab().set_access_level(REPOSITORY, "guest", 10);
    let developer = Person::at_gitlab(&app, "developer").await;
    let guest = Person::at_gitlab(&app, "guest").await;
    assert_eq!(guest.post(&app, path, json!({})).await.status, 403);
    assert_eq!(developer.post(&app, path, json!({})).await.status, 201);
    app.settle().await;
}

#[tokio::test]
async fn an_administrator_sets_limits_by_the_api() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    let root = Person::administrator(&app).await;
    let path = "/api/v2/limit";
    let of_class = json!({ "scope": "class", "class": "docker/medium" });
    let with = |subject: &Value, limit: Value| {
        let mut order = subject.clone();
        order["limit"] = limit;
        order
    };
    assert_eq!(root.post(&app, path, with(&of_class, json!(0))).await.status, 200);
    app.settle().await;
    assert_eq!(app.why("build").await, "the limit of 0 tasks of the class docker/medium is reached");
    for (wrong, status) in [
        (json!({ "scope": "class", "limit": 1 }), 400),
        (with(&of_class, json!(-1)), 400),
        (of_class.clone(), 400),
        (json!({ "scope": "class", "class": " ", "limit": 1 }), 409),
        (json!({ "scope": "project", "project_slug": "gh/acme/nothing", "limit": 1 }), 404),
        (json!({ "scope": "project", "project_slug": "gh/acme/api", "limit": null }), 409),
    ] {
        let answer = root.post(&app, path, wrong.clone()).await;
        assert_eq!(answer.status, status, "{wrong}: {}", answer.body);
    }
    assert_eq!(root.post(&app, &format!("{path}/reset"), of_class).await.status, 200);
    let of_project = json!({ "scope": "project", "project_slug": "gh/acme/api" });
    assert_eq!(root.post(&app, path, with(&of_project, json!(0))).await.status, 200);
    assert_eq!(root.post(&app, path, json!({ "scope": "each-project", "limit": null })).await.status, 200);
    app.settle().await;
    assert_eq!(app.why("build").await, "the project's limit of 0 tasks is reached");
    assert_snapshot!("api_limits", shown(&Person::nobody().get(&app, path).await));
    assert_eq!(root.post(&app, &format!("{path}/reset"), of_project).await.status, 200);
    app.settle().await;
    assert_eq!(app.job("build").await.state.outcome(), Some(model::job::Outcome::Success));
}

#[tokio::test]
async fn a_login_opens_the_dashboard_and_nothing_is_open_where_the_settings_say_so() {
    let app = TestApp::with(|options| options.login.required = true).await;
    let (status, _) = app.get("/pipelines").await;
    assert_eq!(status, 303, "to the login");
    assert_eq!(app.get("/login").await.0, 200);
    assert_eq!(app.get("/healthz").await.0, 200);
    assert_eq!(Person::nobody().get(&app, "/api/v2/pipeline").await.status, 401);
    let reader = Person::with_role(&app, "reader", "read").await;
    assert_eq!(reader.get(&app, "/api/v2/pipeline").await.status, 200);
}
