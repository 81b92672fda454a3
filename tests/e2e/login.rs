//! Logging in, and what is hidden from those who have not.

use axum::{
    body::Body,
    http::{Request, Response, header},
};
use kit::{TestApp, person::Person};
use tower::ServiceExt;

use crate::api::PROJECT;

const CONFIG: &str = "version: 2.1\njobs: {build: {docker: [{image: busybox}], steps: [run: make]}}\nworkflows: {main: {jobs: [build]}}\n";

async fn send(app: &TestApp, request: Request<Body>) -> Response<Body> {
    app.server().router().oneshot(request).await.unwrap()
}

/// The form of the login page, sent.
async fn enter(app: &TestApp, token: &str, to: &str, origin: Option<&str>) -> Response<Body> {
    let mut request = Request::post("/login")
        .header(header::HOST, "ci.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    send(app, request.body(Body::from(format!("token={token}&to={to}"))).unwrap()).await
}

fn header(response: &Response<Body>, name: header::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn page(app: &TestApp, path: &str, cookie: &str) -> (u16, String) {
    let request = Request::get(path).header(header::HOST, "ci.example").header(header::COOKIE, cookie);
    let response = send(app, request.body(Body::empty()).unwrap()).await;
    (response.status().as_u16(), header(&response, header::LOCATION).to_owned())
}

#[tokio::test]
async fn a_token_opens_a_session_that_ends_with_the_logout() {
    let mut app = TestApp::with(|options| options.login.required = true).await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let reader = Person::with_role(&app, "reader", "read").await;
    let token = reader.token().unwrap().to_owned();

    let wrong = enter(&app, "rh_wrong", "/pipelines", None).await;
    assert_eq!(wrong.status(), 401);
    assert_eq!(header(&wrong, header::SET_COOKIE), "");
    let foreign = enter(&app, &token, "/pipelines", Some("https://evil.example")).await;
    assert_eq!(foreign.status(), 403, "nobody is logged in by a page elsewhere");
    assert_eq!(header(&foreign, header::SET_COOKIE), "");

    let entered = enter(&app, &token, "/pipelines/github/acme/api", Some("https://ci.example")).await;
    assert_eq!((entered.status().as_u16(), header(&entered, header::LOCATION)), (303, "/pipelines/github/acme/api"));
    let cookie = header(&entered, header::SET_COOKIE);
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert_eq!(page(&app, "/pipelines/github/acme/api", &cookie).await.0, 200);

    // It leads to no other server.
    for elsewhere in ["https://evil.example", "//evil.example", "/%5Cevil.example", ""] {
        let entered = enter(&app, &token, elsewhere, None).await;
        assert_eq!(header(&entered, header::LOCATION), "/pipelines", "{elsewhere}");
    }

    let leave = Request::post("/logout").header(header::HOST, "ci.example").header(header::COOKIE, &cookie);
    let left = send(&app, leave.body(Body::empty()).unwrap()).await;
    assert_eq!((left.status().as_u16(), header(&left, header::LOCATION)), (303, "/login"));
    assert_eq!(page(&app, "/pipelines", &cookie).await.0, 303, "the session is over, whoever still has the cookie");
}

#[tokio::test]
async fn where_a_login_is_required_nobody_learns_what_there_is() {
    let mut app = TestApp::with(|options| options.login.required = true).await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let other = Person::with_role(&app, "other", "none").await;
    let reader = Person::with_role(&app, "reader", "read").await;
    for (path, is_there) in [
        ("/pipelines/github/acme/api", true),
        ("/pipelines/github/acme/api/1", true),
        ("/pipelines/github/acme/secret", false),
        ("/pipelines/github/acme/api/99", false),
    ] {
        assert_eq!(page(&app, path, "").await.0, 303, "{path}: to the login, whether there is something or not");
        assert_eq!(other.page(&app, path).await.0, 404, "{path}: as if it were not there");
        assert_eq!(reader.page(&app, path).await.0, if is_there { 200 } else { 404 }, "{path}");
    }
    for (path, is_there) in [
        (PROJECT.to_owned(), true),
        (format!("{PROJECT}/pipeline/1"), true),
        ("/api/v2/project/gh/acme/secret".to_owned(), false),
    ] {
        assert_eq!(Person::nobody().get(&app, &path).await.status, 401, "{path}");
        assert_eq!(other.get(&app, &path).await.status, 404, "{path}");
        assert_eq!(reader.get(&app, &path).await.status, if is_there { 200 } else { 404 }, "{path}");
    }
    let listed = other.get(&app, "/api/v2/pipeline").await.body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(0), "{listed}");
}

#[tokio::test]
async fn where_a_login_is_required_lists_name_jobs_only_to_those_who_may_read_them() {
    let mut app = TestApp::with(|options| options.login.required = true).await;
    let config = CONFIG
        .replace(
            "run: make]}",
            "run: make]}, giant: {docker: [{image: busybox}], resource_class: acme/big, steps: [run: make]}",
        )
        .replace("[build]", "[build: {serial-group: acme/deploy}, giant]");
    app.runner().vanishes("build");
    app.push("main", &config).await;
    app.settle().await;
    let (other, reader) =
        (Person::with_role(&app, "other", "none").await, Person::with_role(&app, "reader", "read").await);
    let root = Person::administrator(&app).await;
    assert_eq!(root.submit(&app, "/actions/pause", &format!("project={}", app.project().await.id)).await, 303);
    for path in ["/queue", "/runners"] {
        let (hidden, shown) = (other.page(&app, path).await.1, reader.page(&app, path).await.1);
        for name in ["api 1", "giant", "/pipelines/github/acme/api"] {
            assert!(!hidden.contains(name), "{path} tells of {name}\n{hidden}");
        }
        assert!(hidden.contains("ob of another project") && hidden.contains("acme/big"), "{path}\n{hidden}");
        assert!(shown.contains("giant") && !shown.contains("of another project"), "{path}\n{shown}");
    }
    assert!(root.page(&app, "/queue").await.1.contains("giant"));
    assert!(!other.page(&app, "/queue").await.1.contains("New work of this project"), "a pause of another project");
    for path in ["/", "/pipelines", "/pipelines?branch=main"] {
        assert!(!other.page(&app, path).await.1.contains("/github/acme/api"), "{path}");
        assert!(reader.page(&app, path).await.1.contains("/github/acme/api/1"), "{path}");
    }
    let (job, pipeline) = (app.job("build").await, app.workflow("main").await.pipeline_id);
    for stream in [format!("/events?job={}", job.id), format!("/events?pipeline={pipeline}")] {
        assert_eq!(other.page(&app, &stream).await.0, 404, "{stream}");
    }
    let to = format!("/workflows/{}", job.workflow_id);
    assert_eq!((other.page(&app, &to).await.0, reader.page(&app, &to).await.0), (404, 303));
    app.cancel("workflow", "main").await;
    app.advance_s(3_600).await;
    app.settle().await;
}
