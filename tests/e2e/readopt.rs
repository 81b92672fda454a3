//! A runner that is killed in the middle of a job: the next one takes it up, and not a byte is lost or doubled.

use std::path::{Path, PathBuf};

use fake_forge::FakeGitHub;
use kit::{
    app::REPOSITORY,
    config::{docker_job, machine_job},
    real::{RealServer, remove_containers, until},
    server_process::ServerProcess,
    setting,
};
use model::{
    job::{JobState, Outcome},
    project::GitRef,
};
use tempfile::TempDir;

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

/// The file below a directory whose text begins so.
fn find_file(directory: &Path, beginning: &str) -> Option<PathBuf> {
    std::fs::read_dir(directory).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return find_file(&path, beginning);
        }
        std::fs::read(&path).ok()?.starts_with(beginning.as_bytes()).then_some(path)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readopt_after_server_and_runner_were_killed_together() {
    let github = FakeGitHub::start().await.unwrap();
    github.create_private_repo(REPOSITORY).unwrap();
    let data = TempDir::with_prefix("roundhouse-killed-").unwrap();
    let variables = setting::variables(&github);
    let server = ServerProcess::start(data.path(), &[], &variables).await;
    let config = docker_job("roundhouse-test/busybox:1", COUNT);
    let sha = github.commit(REPOSITORY, "main", &[(".circleci/config.yml", &config)], "Count").unwrap();
    let delivery = github.push_webhook(REPOSITORY, &GitRef::Branch("main".to_owned()), None, Some(&sha)).unwrap();
    assert_eq!(delivery.send(&server.url()).await.unwrap().0, 202);

    let logs = data.path().join("logs");
    let log = until("the log at the server to grow", async || {
        let log = find_file(&logs, "line 1\n")?;
        std::fs::read_to_string(&log).ok()?.contains("line 20\n").then_some(log)
    });
    let log = log.await;
    server.kill();
    let server = ServerProcess::start(data.path(), &[], &variables).await;
    until("GitHub to show the end", async || {
        let shown = github.shown_statuses(&sha);
        shown.iter().any(|status| status.state != "pending").then_some(())
    })
    .await;
    let shown: Vec<_> = github.shown_statuses(&sha).into_iter().map(|status| (status.context, status.state)).collect();
    let said = std::fs::read_to_string(data.path().join("server.log")).unwrap();
    remove_containers(data.path());
    assert_eq!(shown, [("ci/roundhouse: build".to_owned(), "success".to_owned())], "{said}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), counted());
    server.stop();
}
