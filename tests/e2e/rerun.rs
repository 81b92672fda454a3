//! A second attempt, with real containers.

use kit::real::RealServer;
use model::job::{JobState, Outcome};

/// `use` fails in the first attempt and not in the second: a cache that its failure saves tells them apart.
const CONFIG: &str = r"version: 2.1
jobs:
  make:
    docker: [{image: 'roundhouse-test/busybox:1'}]
    steps:
      - run: mkdir -p out && echo built >out/app && echo $CIRCLE_WORKFLOW_ID >out/workflow
      - persist_to_workspace: {root: out, paths: ['*']}
  check:
    docker: [{image: 'roundhouse-test/busybox:1'}]
    steps:
      - run: mkdir -p out && echo checked >out/report
      - persist_to_workspace: {root: out, paths: [report]}
  use:
    docker: [{image: 'roundhouse-test/busybox:1'}]
    steps:
      - restore_cache: {keys: [failed-before]}
      - attach_workspace: {at: from}
      - run: {name: look, command: 'cat from/app from/report from/workflow; echo now $CIRCLE_WORKFLOW_ID'}
      - run: 'test -e ~/mark/before || { mkdir ~/mark && touch ~/mark/before && exit 1; }'
      - save_cache: {key: failed-before, paths: [~/mark], when: always}
workflows:
  main:
    jobs:
      - make
      - check
      - use: {requires: [make, check]}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rerun_attaches_what_the_jobs_of_the_first_attempt_persisted() {
    let server = RealServer::start().await;
    let runner = server.runner().await.start();
    server.push_config(CONFIG).await;
    let first = server.ended_job("use").await;
    let logs = server.all_logs(&first).await;
    assert_eq!(first.state, JobState::Ended(Outcome::Failed), "{:?}\n{logs}\n{}", first.reason, runner.log());

    let second = server.rerun_failed("use").await;
    let logs = server.all_logs(&second).await;
    assert_eq!(second.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", second.reason, runner.log());
    let (of_first, of_second) = (first.workflow_id, second.workflow_id);
    let look = String::from_utf8(server.log(&second, "look").await).unwrap();
    assert_eq!(look, format!("built\nchecked\n{of_first}\nnow {of_second}\n"), "{logs}");
}
