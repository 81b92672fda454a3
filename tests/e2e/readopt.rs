//! A runner that is killed in the middle of a job: the next one takes it up, and not a byte is lost or doubled.

use kit::{
    config::{docker_job, machine_job},
    real::RealServer,
};
use model::job::{JobState, Outcome};

/// Prints 400 numbered lines in about four seconds, and then something that only a whole run prints.
const COUNT: &str = "- run: {name: count, command: \"i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo line $i; sleep 0.01; done; echo whole\"}\n\
                     - run: {name: after, command: echo after}";

fn counted() -> String {
    (1..=400).map(|number| format!("line {number}\n")).collect::<String>() + "whole\n"
}

async fn kill_and_readopt(config: &str, machine: &str) {
    let server = RealServer::start().await;
    let options = server.runner().await.with("ROUNDHOUSE_RUNNER_MACHINE", machine);
    let first = options.start();
    let sha = server.push_config(config).await;
    let job = server.job_when("build", "to run", |job| job.state == JobState::Running).await;
    server.log_has(&job, "count", "line 20\n").await;
    first.kill();
    let second = options.start();
    let job = server.ended_job("build").await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", job.reason, second.log());
    assert_eq!(String::from_utf8_lossy(&server.log(&job, "count").await), counted());
    assert_eq!(server.log(&job, "after").await, b"after\n");
    server.github_shows(&sha, "ci/roundhouse: build", "success").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readopt_a_container_after_sigkill() {
    kill_and_readopt(&docker_job("roundhouse-test/busybox:1", COUNT), "off").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readopt_a_process_of_the_host_after_sigkill() {
    kill_and_readopt(&machine_job(COUNT), "on").await;
}
