//! The dashboard in a real browser.

use std::path::{Path, PathBuf};

use kit::{browser::Browser, config::docker_job, real::RealServer};
use model::job::JobState;

/// Where pictures are kept for people to look at.
pub(crate) fn screenshots() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let target = executable.ancestors().find(|path| path.join("CACHEDIR.TAG").exists()).map(Path::to_owned);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")).join("screenshots")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browser_watches_a_log_grow() {
    let server = RealServer::start().await;
    let _runner = server.runner().await.start();
    // The job goes on when the test says so, by a file that it cannot miss: its own clock is of no matter.
    let config = docker_job(
        "roundhouse-test/busybox:1",
        "- run: {name: Count slowly, command: \"i=0; while [ $i -lt 40 ]; do i=$((i+1)); printf '\\\\033[32mline %s\\\\033[0m\\\\n' $i; sleep 0.2; done\"}\n\
         - run: {name: Say goodbye, command: echo goodbye}",
    );
    server.push_config(&config).await;
    let job = server.job_when("build", "to run", |job| job.state == JobState::Running).await;
    server.log_has(&job, "Count slowly", "line 2\x1b").await;

    let mut browser = Browser::start().await;
    browser.resize(1280, 900).await;
    let pipeline = server.pipeline().await;
    let workflow = format!("{}{}", server.url(), store::pipeline::path(&pipeline.slug, pipeline.number));
    browser.open(&workflow).await;
    browser.wait_for("document.body.innerText.includes('build')").await;
    browser.screenshot(&screenshots().join("pipeline.png")).await;

    // The way that a person goes: from the pipeline to its job.
    let link = "[...document.querySelectorAll('a[href*=\"/jobs/\"]')].map(a => a.href)[0] ?? ''";
    let address = browser.evaluate(link).await;
    let address = address.as_str().unwrap().to_owned();
    assert!(address.contains("/jobs/"), "the page of the pipeline links to its jobs: {address}");
    browser.open(&address).await;
    browser.wait_for("document.body.innerText.includes('line 3')").await;
    browser.screenshot(&screenshots().join("job-running.png")).await;
    let before = browser.evaluate("(document.body.innerText.match(/line \\d+/g) ?? []).length").await.as_u64().unwrap();
    browser.wait_for(&format!("(document.body.innerText.match(/line \\d+/g) ?? []).length > {}", before + 5)).await;
    browser.wait_for("document.body.innerText.includes('line 40')").await;
    server.ended_job("build").await;
    // The page learns of the end by itself: nobody loads it again.
    browser.wait_for("document.querySelector('h1 [role=img]')?.ariaLabel === 'Succeeded'").await;
    browser.wait_for("[...document.querySelectorAll('.log')].some(log => log.innerText.includes('goodbye\\n') || log.textContent.endsWith('goodbye'))").await;
    let doubled = "(() => { const all = document.body.innerText.match(/line \\d+/g) ?? []; return all.length !== new Set(all).size })()";
    assert_eq!(browser.evaluate(doubled).await, serde_json::json!(false), "a line is shown twice");
    browser.screenshot(&screenshots().join("job-ended.png")).await;

    browser.resize(390, 844).await;
    browser.prefer("dark").await;
    browser.open(server.url()).await;
    browser.wait_for("document.body.innerText.includes('acme/api') || document.body.innerText.includes('api')").await;
    let overflow = browser.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1").await;
    browser.screenshot(&screenshots().join("pipelines-phone-dark.png")).await;
    assert_eq!(overflow, serde_json::json!(false), "the list of pipelines is wider than a phone");
}
