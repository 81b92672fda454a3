//! The machine executor: jobs on the runner's own host.

use kit::{config::machine_job, real::RealServer};
use model::job::{JobState, Outcome};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machine_runs_a_job_on_the_host_in_a_directory_of_its_own() {
    let server = RealServer::start().await;
    let runner =
        server.runner().await.with("ROUNDHOUSE_RUNNER_MACHINE", "on").with("A_SECRET_OF_THE_RUNNER", "1").start();
    let config = machine_job(
        "- checkout\n\
         - run: {name: content, command: cat hello.txt}\n\
         - run: {name: environment, command: \"echo ${A_SECRET_OF_THE_RUNNER:-clean} $CIRCLE_BRANCH\"}\n\
         - run: {name: token, command: \"env | grep -c ROUNDHOUSE_RUNNER_TOKEN || true\"}\n\
         - run: {name: leave something running, command: \"sleep 600 & echo $! > pid; cat pid\"}",
    );
    server.push(&[(".circleci/config.yml", &config), ("hello.txt", "hello host\n")]).await;
    let job = server.ended_job("build").await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", job.reason, runner.log());
    assert_eq!(server.log(&job, "content").await, b"hello host\n");
    assert_eq!(server.log(&job, "environment").await, b"clean main\n");
    assert_eq!(server.log(&job, "token").await, b"0\n");
    let left = String::from_utf8(server.log(&job, "leave something running").await).unwrap();
    let gone = kit::real::until("what the job left running to be gone", async || {
        let process = std::path::Path::new("/proc").join(left.trim());
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        // Another process may have the number by now.
        (!status.contains("sleep") || status.contains("Z (zombie)")).then_some(())
    });
    gone.await;
}
