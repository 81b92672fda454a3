//! What people do from pages: the buttons of the dashboard, pressed by those who may and by those who may not.

use kit::{TestApp, person::Person};

const CONFIG: &str = "
version: 2.1
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

/// The first form of a page that leads to an action of this name.
fn form(html: &str, name: &str) -> String {
    html.split("action=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|action| action.starts_with("/actions/") && action.ends_with(name))
        .unwrap_or_else(|| panic!("no form leads to `{name}`"))
        .to_owned()
}

async fn pipeline_page(app: &TestApp, person: &Person) -> String {
    person.page(app, "/pipelines/github/acme/api/1").await.1
}

#[tokio::test]
async fn who_may_write_approves_reruns_and_cancels() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let (writer, reader) =
        (Person::with_role(&app, "writer", "write").await, Person::with_role(&app, "reader", "read").await);

    let nobody = pipeline_page(&app, &Person::nobody()).await;
    assert!(nobody.contains("disabled title=\"Log in to approve hold\""), "buttons say why they are off");
    let page = pipeline_page(&app, &writer).await;
    let approve = form(&page, "/approve");
    assert_eq!(Person::nobody().submit(&app, &approve, "").await, 401);
    assert_eq!(reader.submit(&app, &approve, "").await, 403);
    assert_eq!(writer.submit(&app, &approve, "").await, 303);
    app.settle().await;
    assert_eq!(writer.submit(&app, &approve, "").await, 409, "it was approved before");

    let page = pipeline_page(&app, &writer).await;
    let rerun = form(&page, "/rerun");
    assert_eq!(writer.submit(&app, &rerun, "from=failed").await, 409, "nothing has failed");
    assert_eq!(writer.submit(&app, &rerun, "from=start").await, 303);
    app.settle().await;
    let page = pipeline_page(&app, &writer).await;
    assert!(page.contains("attempt 2, from the start, by writer"), "attempts stand side by side");

    let cancel = form(&page, "/cancel");
    assert_eq!(reader.submit(&app, &cancel, "").await, 403);
    assert_eq!(writer.submit(&app, &cancel, "").await, 303);
    app.settle().await;
    let page = pipeline_page(&app, &writer).await;
    assert!(page.contains("writer canceled"), "who canceled is said");
}

#[tokio::test]
async fn schedules_are_made_run_and_deleted_on_the_settings_page() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let writer = Person::with_role(&app, "writer", "write").await;
    let settings = "/settings/project/github/acme/api";
    let add = form(&writer.page(&app, settings).await.1, "/schedules");
    assert_eq!(writer.submit(&app, &add, "name=nightly&cron=61+3+*+*+*&branch=main").await, 409, "no such minute");
    assert_eq!(writer.submit(&app, &add, "name=nightly&cron=0+3+*+*+*&branch=main").await, 303);
    let page = writer.page(&app, settings).await.1;
    assert!(page.contains("nightly") && page.contains("2 January 2026, 03:00"), "the next times are shown");
    assert_eq!(writer.submit(&app, &form(&page, "/run"), "").await, 303);
    app.settle().await;
    assert_eq!(writer.page(&app, "/pipelines/github/acme/api/2").await.0, 200);
    assert_eq!(writer.submit(&app, &form(&page, "/delete"), "").await, 303);
    assert!(!writer.page(&app, settings).await.1.contains("nightly"));
    let builds = form(&page, "/builds");
    assert_eq!(
        writer.submit(&app, &builds, "auto_cancel=on").await,
        403,
        "that takes an administrator of the repository"
    );
    let admin = Person::with_role(&app, "owner", "admin").await;
    assert_eq!(admin.submit(&app, &builds, "auto_cancel=on").await, 303);
    assert!(admin.page(&app, settings).await.1.contains("name=\"auto_cancel\" checked"));
}
