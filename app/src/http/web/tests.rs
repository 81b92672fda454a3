//! Pages from rows, through the router.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use model::{
    event::{StepKey, StepResult},
    job::{JobEvent, Outcome},
    plan::{JobNode, JobPlan, Requires, Skipped, WorkflowPlan},
    project::{GitRef, Vcs},
    protocol::Offers,
    time::Timestamp,
    trigger::Actor,
};
use serde_json::json;
use store::{
    Store, StoreOptions,
    job::Job,
    pipeline::{Compiled, NewPipeline, Pipeline},
    project::{NewProject, Project},
    step::Step,
    task::{Claim, Task},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use super::{LineCounts, Setup, WebState, router};
use crate::{
    blob::Blobs,
    clock::Clock,
    disk::Disk,
    dispatch::Queue,
    http::auth::tests::auth,
    log::{LogKey, Logs},
    secret::Vault,
    settings::BlobPlace,
};

const NOW: Timestamp = Timestamp::from_millis(1_795_176_000_000);
const HOSTILE: &str = "feat/<script>alert(1)</script>\"'";

struct Kit {
    state: WebState,
    _dir: TempDir,
}

impl Kit {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open(dir.path(), StoreOptions::default()).await.unwrap();
        let logs = Logs::open(dir.path(), store.bus().clone()).unwrap();
        let clock = Clock::manual(NOW);
        let state = WebState {
            auth: auth(&store, &clock, "http://ci.example"),
            queue: Queue::new(store.clone(), clock.clone(), Disk::new(dir.path(), 0)),
            store,
            logs,
            blobs: Blobs::open(&BlobPlace::Directory(dir.path().join("blobs"))).unwrap(),
            vault: Vault::open(dir.path(), None).unwrap(),
            counts: LineCounts::default(),
            clock,
            setup: Arc::new(Setup::default()),
            stop: CancellationToken::new(),
        };
        Self { state, _dir: dir }
    }

    fn router(&self) -> Router {
        router(self.state.clone())
    }

    async fn get(&self, path: &str) -> Response<Body> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.router().oneshot(request).await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        text(response).await
    }

    async fn project(&self, vcs: Vcs, name: &str) -> Project {
        let mut tx = self.state.store.begin().await.unwrap();
        let forge_id = i64::from(name.len() as u32);
        let new = NewProject { forge_id, ..rows::project(&format!("{}/{name}", vcs.short())) };
        let project = store::project::upsert(&mut tx, &new, NOW).await.unwrap();
        tx.commit().await.unwrap();
        project
    }

    async fn pipeline(&self, project: &Project, branch: &str) -> Pipeline {
        let mut tx = self.state.store.begin().await.unwrap();
        let new = NewPipeline {
            git_ref: GitRef::Branch(branch.to_owned()),
            sha: "4f2a91c0d7b2e8a91f6c3d5e07b8a2c41d9e6f30".parse().unwrap(),
            subject: "Fix <b>everything</b>".to_owned(),
            actor: Actor { id: Some(7), login: "mara".to_owned() },
            ..rows::pipeline(project.id)
        };
        let pipeline = store::pipeline::create(&mut tx, &new, NOW).await.unwrap();
        store::pipeline::set_config_source(&mut tx, pipeline.id, "version: 2.1 # <i>\n").await.unwrap();
        tx.commit().await.unwrap();
        pipeline
    }

    /// Two jobs, `test` after `build`; and one that is left out.
    async fn created(&self, pipeline: &Pipeline) -> Vec<Job> {
        self.created_of(pipeline, &[("build", &[]), ("test", &["build"])]).await
    }

    /// Jobs with what each requires; and one that is left out.
    async fn created_of(&self, pipeline: &Pipeline, jobs: &[(&str, &[&str])]) -> Vec<Job> {
        let node = |(name, requires): &(&str, &[&str])| JobNode {
            requires: requires.iter().map(|job| Requires::success(*job)).collect(),
            ..rows::build(name, JobPlan { steps: Vec::new(), ..rows::plan() })
        };
        let plan = WorkflowPlan {
            name: "checks".to_owned(),
            skipped: vec![Skipped { name: "docs".to_owned(), reason: "filter branches.only: `dev`".to_owned() }],
            ..rows::workflow(jobs.iter().map(node).collect())
        };
        let mut tx = self.state.store.begin().await.unwrap();
        let compiled = Compiled { workflows: &[plan], warnings: None };
        store::pipeline::set_created(&mut tx, pipeline.id, &compiled, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let workflow = store::workflow::list_by_pipeline(self.state.store.read(), pipeline.id).await.unwrap().remove(0);
        store::job::list_by_workflow(self.state.store.read(), workflow.id).await.unwrap()
    }

    /// A runner takes the job; its first step runs.
    async fn start(&self, job: &Job) -> Task {
        let mut tx = self.state.store.begin().await.unwrap();
        let token = store::runner::put_token(&mut tx, "test", &[1; 32], NOW).await.unwrap();
        let runner = store::runner::seen(&mut tx, token, "turntable", &Offers::default(), NOW).await.unwrap();
        store::job::transition(&mut tx, job.id, JobEvent::Unblocked, None, NOW).await.unwrap();
        let claim = Claim {
            seeker: store::queue::Seeker { runner: "box", queues: &["docker".to_owned()] },
            runner,
            claim_id: Uuid::from_u128(5),
            token_hash: &[2; 32],
            lease_until: NOW.plus_millis(60_000),
        };
        let task = store::task::claim(&mut tx, &claim, NOW).await.unwrap().unwrap();
        let step = Step {
            task_id: task.id,
            key: StepKey::first(1),
            name: "Run <tests>".to_owned(),
            command: "make test".to_owned(),
            background: false,
            result: None,
            started_at: NOW,
            ended_at: None,
        };
        store::step::start(&mut tx, &step).await.unwrap();
        tx.commit().await.unwrap();
        task
    }

    async fn print(&self, task: &Task, bytes: &[u8]) {
        let key = LogKey::of(task, StepKey::first(1));
        let have = self.state.logs.len(key).await.unwrap();
        self.state.logs.append(key, have, bytes.to_vec().into(), NOW).await.unwrap();
    }

    async fn fail(&self, task: &Task) {
        let mut tx = self.state.store.begin().await.unwrap();
        let code = StepResult::Exit { code: 2 };
        store::step::end(&mut tx, task.id, StepKey::first(1), &code, NOW).await.unwrap();
        store::task::end(&mut tx, task.id, Outcome::Failed, Some("`make` exited with code 2"), NOW).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn job_path(pipeline: &Pipeline, job: &Job) -> String {
    super::address::job(&pipeline.slug, pipeline.number, job.workflow_id, job.number)
}

/// Reads a stream until its text holds `until`.
async fn read_until(body: &mut Body, until: &str) -> String {
    let mut text = String::new();
    while !text.contains(until) {
        let frame = body.frame().await.expect("the stream goes on").unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    text
}

#[tokio::test]
async fn every_page_forbids_what_it_does_not_need() {
    let kit = Kit::new().await;
    for path in ["/", "/pipelines", "/deliveries", "/setup", "/nowhere"] {
        let response = kit.get(path).await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{path}: {policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let html = text(response).await;
        assert!(!html.contains(" style=") && !html.contains("<script>") && !html.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn assets_are_kept_and_old_addresses_still_work() {
    let kit = Kit::new().await;
    let html = kit.page("/").await;
    let start = html.find("/assets/").unwrap();
    let address = &html[start..start + html[start..].find('"').unwrap()];
    let response = kit.get(address).await;
    assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
    let response = kit.get("/assets/old/app.css").await;
    assert_eq!(
        (response.status(), response.headers()["cache-control"].to_str().unwrap()),
        (StatusCode::OK, "no-store")
    );
    assert_eq!(kit.get("/assets/x/secret").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_are_compressed_and_streams_are_not() {
    let kit = Kit::new().await;
    for (path, encoding) in [("/pipelines", Some("gzip")), ("/events", None)] {
        let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
        let response = kit.router().oneshot(request).await.unwrap();
        let found = response.headers().get("content-encoding").map(|encoding| encoding.to_str().unwrap());
        assert_eq!(found, encoding, "{path}");
    }
}

#[tokio::test]
async fn the_reader_s_theme_is_in_the_page() {
    let kit = Kit::new().await;
    let request = Request::get("/").header("cookie", "a=b; theme=dark").body(Body::empty()).unwrap();
    let html = text(kit.router().oneshot(request).await.unwrap()).await;
    assert!(html.contains("<html lang=\"en\" data-theme=\"dark\">"));
    assert!(kit.page("/").await.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn hostile_names_are_text() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, HOSTILE).await;
    let jobs = kit.created(&pipeline).await;
    let task = kit.start(&jobs[0]).await;
    kit.print(&task, b"<script>alert(2)</script>\x1b]8;;javascript:alert(3)\x07x\n").await;
    let pages = [
        "/".to_owned(),
        "/pipelines/github/acme/api".to_owned(),
        "/pipelines/github/acme/api/1".to_owned(),
        "/pipelines/github/acme/api/1/config".to_owned(),
        job_path(&pipeline, &jobs[0]),
    ];
    for path in pages {
        let html = kit.page(&path).await;
        assert!(!html.contains("<script>") && !html.contains("<i>\n") && !html.contains("<b>everything"), "{path}");
        assert!(!html.contains("href=\"javascript"), "{path}");
    }
    // The filter of a hostile branch finds it, and nothing else.
    let filtered = format!("/pipelines?branch={}", super::address::encode(HOSTILE));
    assert!(kit.page(&filtered).await.contains("id=\"p-"));
    assert!(kit.page("/pipelines?branch=other").await.contains("No pipeline matches"));
}

#[tokio::test]
async fn nested_groups_and_projects_that_are_numbers_have_addresses() {
    let kit = Kit::new().await;
    let nested = kit.project(Vcs::GitLab, "group/sub/42").await;
    let pipeline = kit.pipeline(&nested, "main").await;
    assert!(kit.page("/pipelines/gitlab/group/sub/42").await.contains(&format!("id=\"p-{}\"", pipeline.id)));
    assert!(kit.page("/pipelines/gl/group/sub/42/1").await.contains("data-shape=\"pending\""));
    assert_eq!(kit.get("/pipelines/gitlab/group/sub/42/7").await.status(), StatusCode::NOT_FOUND);
    let go = kit.get("/go?q=42").await;
    assert_eq!(go.headers()["location"], "/pipelines/gitlab/group/sub/42");
}

#[tokio::test]
async fn a_pipeline_says_why() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let jobs = kit.created(&pipeline).await;
    let html = kit.page("/pipelines/github/acme/api/1").await;
    for part in [
        "data-events=\"/events?pipeline=",
        "blocked by build",
        "Filter branches.only: <code>dev</code>.",
        "d=\"M176 24H208\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let task = kit.start(&jobs[0]).await;
    kit.fail(&task).await;
    let html = kit.page("/pipelines/github/acme/api/1").await;
    assert!(html.contains("build failed") && html.contains("<code>make</code> exited with code 2."), "{html}");
    let workflow = jobs[0].workflow_id;
    let moved = kit.get(&format!("/workflows/{workflow}")).await;
    assert_eq!(moved.headers()["location"].to_str().unwrap(), format!("/pipelines/github/acme/api/1#wf-{workflow}"));
}

#[tokio::test]
async fn many_jobs_are_a_list_with_what_failed_first() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let names: Vec<String> = (1..=61).map(|shard| format!("a-job-with-a-long-name-shard-{shard:02}")).collect();
    let jobs: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let jobs = kit.created_of(&pipeline, &jobs).await;
    let task = kit.start(&jobs[40]).await;
    kit.fail(&task).await;
    let html = kit.page("/pipelines/github/acme/api/1").await;
    let list = &html[html.find("<ol class=\"many\"").unwrap()..];
    assert!(!html.contains("class=\"graph\"") && list.contains("<span>-shard-61</span>"), "{html}");
    assert!(list.find("shard-41").unwrap() < list.find("shard-01").unwrap(), "what failed stands first");
}

#[tokio::test]
async fn a_log_that_retention_removed_says_so() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let jobs = kit.created(&pipeline).await;
    let task = kit.start(&jobs[0]).await;
    kit.fail(&task).await;
    let mut tx = kit.state.store.begin().await.unwrap();
    store::retention::forget_logs(&mut tx, &[jobs[0].id.to_string()], NOW).await.unwrap();
    tx.commit().await.unwrap();
    let html = kit.page(&job_path(&pipeline, &jobs[0])).await;
    assert!(html.contains("What this job printed was removed on 20 November 2026"), "{html}");
    assert!(html.contains("What it printed was removed.") && !html.contains(">Raw</a>"), "{html}");
}

#[tokio::test]
async fn a_continued_pipeline_shows_both_configurations() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let mut tx = kit.state.store.begin().await.unwrap();
    let compiled = Compiled { workflows: &[], warnings: None };
    store::pipeline::set_setup(&mut tx, pipeline.id, &compiled, &json!({}), NOW).await.unwrap();
    tx.commit().await.unwrap();
    let config = "/pipelines/github/acme/api/1/config";
    assert!(kit.page(config).await.contains("Its workflow has not sent another configuration."));
    let mut tx = kit.state.store.begin().await.unwrap();
    store::setup::continue_pipeline(&mut tx, pipeline.id, "version: 2.1 # made\n", &json!({ "deep": true }), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let html = kit.page(config).await;
    for part in ["# made", "# &lt;i&gt;", "deep: true", "id=\"u-1\"", "id=\"c-1\""] {
        assert!(html.contains(part), "{part}\n{html}");
    }
}

#[tokio::test]
async fn a_config_error_shows_its_lines() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let errors = json!([{
        "code": "config::unknown-step", "severity": "error", "message": "no step is called `restore_cach`",
        "help": "did you mean `restore_cache`?", "file": ".circleci/config.yml", "line": 2, "column": 3, "end_line": 2,
        "end_column": 15, "label": "not a step", "excerpt": { "first_line": 1, "lines": ["steps:", "- restore_cach:"] },
    }]);
    let mut tx = kit.state.store.begin().await.unwrap();
    store::pipeline::set_errored(&mut tx, pipeline.id, "1 error in .circleci/config.yml", Some(&errors), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let html = kit.page("/pipelines/github/acme/api/1").await;
    for part in ["Errors <span class=\"n bad\">1</span>", "  ^^^^^^^^^^^^ not a step", "/1/config#c-2", "did you mean"]
    {
        assert!(html.contains(part), "{part}\n{html}");
    }
    assert!(kit.page("/").await.contains("1 error in .circleci/config.yml"));
    let badge = text(kit.get("/gh/acme/api.svg").await).await;
    assert!(badge.contains("build: config error"), "{badge}");
}

#[tokio::test]
async fn a_log_is_shown_and_given_out_byte_for_byte() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let jobs = kit.created(&pipeline).await;
    let task = kit.start(&jobs[0]).await;
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).chain(*b"\nerror: no\n").collect();
    kit.print(&task, &bytes).await;
    kit.fail(&task).await;
    let path = job_path(&pipeline, &jobs[0]);
    let html = kit.page(&path).await;
    for part in [
        "make exited with code 2",
        "Run &#60;tests&#62;",
        "class=\"l err\"",
        "<span>error: no</span>",
        "data-key=\"e\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("data-events"), "a job that is over has no stream");
    let raw = kit.get(&format!("{path}/steps/1/0/log")).await;
    assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(raw.into_body().collect().await.unwrap().to_bytes() == bytes);
    for wrong in ["/steps/2/0/log", "/steps/1/0/log?run=1", "?run=1"] {
        assert_eq!(kit.get(&format!("{path}{wrong}")).await.status(), StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn a_stream_brings_lines_and_goes_on_where_it_broke() {
    let kit = Kit::new().await;
    let project = kit.project(Vcs::GitHub, "acme/api").await;
    let pipeline = kit.pipeline(&project, "main").await;
    let jobs = kit.created(&pipeline).await;
    let task = kit.start(&jobs[0]).await;
    kit.print(&task, b"one\ntw").await;
    let html = kit.page(&job_path(&pipeline, &jobs[0])).await;
    let start = html.find("data-events=\"").unwrap() + 13;
    let events = html[start..start + html[start..].find('"').unwrap()].replace("&#38;", "&");

    let response = kit.get(&events).await;
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    kit.print(&task, b"o\nthr").await;
    let first = read_until(&mut body, ">thr<").await;
    assert!(first.starts_with(": hello\nretry: 2000\n") || first.contains("retry: 2000"), "{first}");
    assert!(first.contains("event: changed\ndata: now\n\n"), "{first}");
    assert!(!first.contains("id=\"s1-1\""), "the page has the first line: {first}");
    assert!(first.contains("id=\"s1-2\"") && first.contains("<span>two</span>"), "{first}");
    drop(body);

    kit.print(&task, b"ee\nfour\n").await;
    let last = first.lines().rev().find_map(|line| line.strip_prefix("id: ")).unwrap();
    let request = Request::get(&events).header("last-event-id", last).body(Body::empty()).unwrap();
    let mut body = kit.router().oneshot(request).await.unwrap().into_body();
    let second = read_until(&mut body, "four").await;
    assert!(!second.contains("id=\"s1-2\"") && second.contains("<span>three</span>"), "{second}");
    kit.fail(&task).await;
    let end = read_until(&mut body, "event: end\ndata: now\n\n").await;
    assert!(end.find("event: changed").unwrap() < end.find("event: end").unwrap(), "{end}");
}
