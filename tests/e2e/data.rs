//! What jobs keep and hand on, from the step to the page.

use kit::real::RealServer;
use model::job::{JobState, Outcome};

const CONFIG: &str = r"version: 2.1
jobs:
  make:
    machine: true
    steps:
      - run: mkdir -p deps out results && echo dependency > deps/one && echo built > out/app && chmod 755 out/app
      - run: |
          cat > results/junit.xml \<<XML
          <testsuite name='s'><testcase name='adds' classname='calc' time='0.5'/>
          <testcase name='divides' classname='calc' time='0.1'><failure message='want 2, got 3'/></testcase></testsuite>
          XML
      - save_cache: {key: 'deps-v1-{{ .Branch }}', paths: [deps]}
      - persist_to_workspace: {root: out, paths: [app]}
      - store_artifacts: {path: out, destination: bundle}
      - store_test_results: {path: results}
  use:
    machine: true
    steps:
      - restore_cache: {keys: [deps-v2-, deps-v1-]}
      - attach_workspace: {at: from}
      - run: {name: look, command: 'cat deps/one from/app && test -x from/app'}
workflows:
  main:
    jobs:
      - make
      - use: {requires: [make]}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_jobs_caches_workspaces_artifacts_and_test_results() {
    let server = RealServer::start().await;
    let runner = server.runner().await.with("ROUNDHOUSE_RUNNER_MACHINE", "on").start();
    server.push_config(CONFIG).await;
    let make = server.ended_job("make").await;
    let logs = server.all_logs(&make).await;
    assert_eq!(make.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", make.reason, runner.log());
    let job = server.ended_job("use").await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", job.reason, runner.log());
    assert_eq!(server.log(&job, "look").await, b"dependency\nbuilt\n", "{logs}");

    let pipeline = server.pipeline().await;
    let page = format!(
        "{}/pipelines/{}/{}/{}/{}/workflows/{}/jobs/{}",
        server.url(),
        pipeline.slug.vcs.long(),
        pipeline.slug.org,
        pipeline.slug.repo,
        pipeline.number,
        make.workflow_id,
        make.number
    );
    let get = async |path: &str| {
        let answer = reqwest::get(format!("{page}{path}")).await.unwrap().error_for_status().unwrap();
        let headers = answer.headers().clone();
        (headers, answer.text().await.unwrap())
    };
    let (headers, bytes) = get("/artifacts/0/bundle/app").await;
    assert_eq!(bytes, "built\n");
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("sandbox; default-src 'none'"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let (_, list) = get("/artifacts").await;
    assert!(list.contains("bundle/") && list.contains("/artifacts/0/bundle/app"), "{list}");
    let (_, tests) = get("/tests").await;
    assert!(tests.contains("1 failed, 1 passed") && tests.contains("want 2, got 3"), "{tests}");
    let (_, steps) = get("").await;
    assert!(steps.contains(">Artifacts") && steps.contains("1 failed"), "{steps}");
}
