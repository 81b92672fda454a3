//! The pages of those who run the server, in a real browser: forms are filled in and sent, and every page fits a phone.

use kit::{browser::Browser, real::RealServer};
use model::job::JobState;
use serde_json::json;

use crate::dashboard::screenshots;

const CONFIG: &str = "
version: 2.1
parameters:
  deep: {type: boolean, default: false}
jobs:
  test:
    docker: [{image: busybox}]
    resource_class: acme/a-class-with-a-very-long-name-that-nobody-offers
    steps: [run: make]
workflows:
  main:
    jobs: [test]
";

/// Fills in a field of the form that leads to this action, as a person types.
async fn fill(browser: &mut Browser, action: &str, name: &str, text: &str) {
    let script = format!(
        "(() => {{ const f = [...document.forms].find(f => f.getAttribute('action').endsWith({action:?})); \
         for (let d = f; (d = d.parentElement?.closest('details'));) d.open = true; \
         const i = f.elements[{name:?}]; i.focus(); i.value = {text:?}; return i.checkValidity() }})()"
    );
    assert_eq!(browser.evaluate(&script).await, json!(true), "{action} {name}");
}

/// Presses the first button of the form that leads to this action, and waits for the page that comes of it.
async fn press(browser: &mut Browser, action: &str, shows: &str) {
    let script = format!(
        "[...document.forms].find(f => f.getAttribute('action').endsWith({action:?})).querySelector('button').click()"
    );
    browser.evaluate(&script).await;
    browser
        .wait_for(&format!("document.readyState === 'complete' && document.body.innerText.includes({shows:?})"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browser_runs_the_server_from_its_pages() {
    let server = RealServer::start().await;
    server.push_config(CONFIG).await;
    server.job_when("test", "to wait", |job| job.state == JobState::Queued).await;
    let mut browser = Browser::start().await;
    browser.resize(1280, 900).await;
    let at = |path: &str| format!("{}{path}", server.url());

    browser.open(&at("/runners")).await;
    browser.wait_for("document.body.innerText.includes('No runner has asked for work yet')").await;
    browser.wait_for("document.body.innerText.includes('roundhouse admin runner create')").await;
    browser.wait_for("document.querySelector('#unserved')?.innerText.includes('No runner is connected')").await;

    browser.open(&at("/queue")).await;
    fill(&mut browser, "/actions/pause", "reason", "a <b>new</b> disk").await;
    press(&mut browser, "/actions/pause", "New work is blocked by operator").await;
    browser.wait_for("document.body.innerText.includes('a <b>new</b> disk')").await;
    browser.screenshot(&screenshots().join("queue-paused.png")).await;
    press(&mut browser, "/actions/resume", "Hold everything back").await;
    fill(&mut browser, "/actions/limits", "most", "3").await;
    press(&mut browser, "/actions/limits", "set by operator").await;

    browser.open(&at("/contexts")).await;
    fill(&mut browser, "/actions/contexts", "name", "deploy").await;
    press(&mut browser, "/actions/contexts", "Values can be replaced, never read").await;
    fill(&mut browser, "/variables", "name", "DEPLOY_TOKEN").await;
    fill(&mut browser, "/variables", "value", "swordfish-and-chips-4242").await;
    press(&mut browser, "/variables", "xxxx4242").await;
    let context = browser.evaluate("location.pathname").await.as_str().unwrap().to_owned();
    let html = browser.evaluate("document.documentElement.outerHTML + location.href").await;
    assert!(!html.as_str().unwrap().contains("swordfish"), "a value is on the page");

    let pipeline = "/pipelines/github/acme/api/1";
    browser.open(&at(&format!("{pipeline}/parameters"))).await;
    fill(&mut browser, "/again", "parameter.deep", "true").await;
    press(&mut browser, "/again", "test").await;
    browser.wait_for("location.pathname.endsWith('/api/2')").await;
    browser.open(&at("/pipelines/github/acme/api/2/parameters")).await;
    browser.wait_for("document.querySelector('[name=\"parameter.deep\"]').value === 'true'").await;

    // What a reader types outlives what the page learns by itself.
    browser.open(&at("/queue")).await;
    browser.wait_for("document.querySelectorAll('#limit-rows input[name=most]').length > 1").await;
    browser.evaluate("(() => { const i = document.querySelectorAll('#limit-rows input[name=most]')[1]; i.focus(); i.value = '7' })()").await;
    browser.evaluate("window.fetched = 0; const ask = window.fetch; window.fetch = (...a) => ask(...a).finally(() => { window.fetched++ })").await;
    browser.wait_for("window.fetched > 1").await;
    let kept = browser.evaluate("document.querySelectorAll('#limit-rows input[name=most]')[1].value").await;
    assert_eq!(kept, json!("7"), "the page took away what somebody was typing");

    let pages = [
        ("runners", "/runners"),
        ("queue", "/queue"),
        ("contexts", "/contexts"),
        ("context", context.as_str()),
        ("settings", "/settings/project/github/acme/api"),
        ("parameters", "/pipelines/github/acme/api/2/parameters"),
        ("setup", "/setup"),
        ("lost", "/nowhere"),
        ("login", "/login"),
    ];
    for (width, height, scheme) in [(1280, 900, "light"), (1280, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]
    {
        browser.resize(width, height).await;
        browser.prefer(scheme).await;
        for (name, path) in pages {
            browser.open(&at(path)).await;
            browser.wait_for("document.readyState === 'complete'").await;
            browser.screenshot(&screenshots().join(format!("{name}-{width}-{scheme}.png"))).await;
            let overflow = browser.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1").await;
            assert_eq!(overflow, json!(false), "{path} is wider than {width} pixels");
            // Whoever cannot see the page hears what each thing on it is.
            let mute = "[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')].filter(e => \
                 !(e.ariaLabel || e.title || e.textContent.trim() || e.closest('label')?.textContent.trim() || (e.id && document.querySelector(`label[for=\"${e.id}\"]`)))).map(e => e.outerHTML)";
            assert_eq!(browser.evaluate(mute).await, json!([]), "{path} has things without a name");
        }
    }
}
