//! Real containers, a real runner process, real Git.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kit::{config::docker_job, real::RealServer};
use model::{
    event::StepResult,
    job::{JobState, Outcome},
};

const BUSYBOX: &str = "roundhouse-test/busybox:1";
const DEBIAN: &str = "roundhouse-test/debian:1";

const SUCCESS: JobState = JobState::Ended(Outcome::Success);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_runs_a_job_in_busybox() {
    let server = RealServer::start().await;
    let _runner = server.runner().await.start();
    let config = docker_job(
        BUSYBOX,
        "- run: {name: speak, command: \"printf 'out\\\\n'; printf 'err\\\\n' >&2; printf 'no line feed'\"}\n\
         - run: {name: who, command: \"id -u; pwd; echo $CI $CIRCLECI $CIRCLE_JOB\"}",
    );
    let sha = server.push_config(&config).await;
    let job = server.ended_job("build").await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, SUCCESS, "{:?}\n{logs}", job.reason);
    assert_eq!(server.log(&job, "speak").await, b"out\nerr\nno line feed");
    assert_eq!(server.log(&job, "who").await, b"0\n/root/project\ntrue true build\n");
    server.github_shows(&sha, "ci/roundhouse: build", "success").await;
}

/// Notes every command line on this machine that holds something like an installation token, until it is told to stop.
fn watch_command_lines(stop: Arc<AtomicBool>) -> std::thread::JoinHandle<BTreeSet<String>> {
    std::thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while !stop.load(Ordering::SeqCst) {
            for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                for file in ["cmdline", "environ"] {
                    let bytes = std::fs::read(entry.path().join(file)).unwrap_or_default();
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    if text.contains("ghs_") {
                        seen.insert(text);
                    }
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        seen
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_checks_out_with_a_token_that_leaks_nowhere() {
    let server = RealServer::start().await;
    let runner = server.runner().await.start();
    let config = docker_job(
        DEBIAN,
        "- checkout\n\
         - run: {name: content, command: cat hello.txt}\n\
         - run: {name: commit, command: \"git rev-parse HEAD; git status --porcelain; git remote get-url origin\"}\n\
         - run: {name: leaks, command: \"grep -rl 'gh[s]_' ~ /tmp /etc /.roundhouse || true; env | grep -c 'gh[s]_' || true\"}",
    );
    let stop = Arc::new(AtomicBool::new(false));
    let watcher = watch_command_lines(Arc::clone(&stop));
    let sha = server.push(&[(".circleci/config.yml", &config), ("hello.txt", "hello from the forge\n")]).await;
    let job = server.ended_job("build").await;
    stop.store(true, Ordering::SeqCst);
    let command_lines = watcher.join().unwrap();
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, SUCCESS, "{:?}\n{logs}\n{}", job.reason, runner.log());
    assert_eq!(server.log(&job, "content").await, b"hello from the forge\n");
    let url = format!("{}/{}.git", server.github().url(), kit::app::REPOSITORY);
    assert_eq!(String::from_utf8_lossy(&server.log(&job, "commit").await), format!("{sha}\n{url}\n"));
    assert_eq!(
        String::from_utf8_lossy(&server.log(&job, "leaks").await),
        "0\n",
        "a file or a variable holds the token"
    );

    let minted = server.github().minted_tokens();
    assert!(!minted.is_empty());
    let access = server.github().git_access();
    assert!(access.iter().any(|it| it.allowed && it.username.as_deref() == Some("x-access-token")), "{access:?}");
    for token in minted.iter().map(|minted| minted.token.as_str()) {
        assert!(!logs.contains(token), "a log of the job holds the token");
        assert!(!runner.log().contains(token), "the runner's log holds the token");
        assert!(!command_lines.iter().any(|line| line.contains(token)), "a process shows the token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_stops_a_step_that_says_nothing() {
    let server = RealServer::start().await;
    let _runner = server.runner().await.start();
    let config = docker_job(
        BUSYBOX,
        "- run: {name: silent, command: \"echo before; sleep 600\", no_output_timeout: 1s}\n\
         - run: {name: next, command: echo never}\n\
         - run: {name: always, command: echo still here, when: always}",
    );
    let sha = server.push_config(&config).await;
    let job = server.ended_job("build").await;
    assert_eq!(job.state, JobState::Ended(Outcome::Failed), "{}", server.all_logs(&job).await);
    assert_eq!(server.result(&job, "silent").await, Some(StepResult::NoOutput { limit_ms: 1_000 }));
    assert_eq!(server.log(&job, "silent").await, b"before\n");
    assert_eq!(server.result(&job, "next").await, None);
    assert_eq!(server.log(&job, "always").await, b"still here\n");
    assert!(job.reason.as_deref().is_some_and(|reason| reason.contains("no output")), "{:?}", job.reason);
    server.github_shows(&sha, "ci/roundhouse: build", "failure").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_tells_exit_codes_and_signals() {
    let server = RealServer::start().await;
    let _runner = server.runner().await.start();
    let config = docker_job(
        BUSYBOX,
        "- run: {name: code, command: exit 42}\n\
         - run: {name: signal, command: kill -SEGV $$, when: always}\n\
         - run: {name: unknown, command: no-such-command, when: always}",
    );
    server.push_config(&config).await;
    let job = server.ended_job("build").await;
    assert_eq!(job.state, JobState::Ended(Outcome::Failed));
    assert_eq!(server.result(&job, "code").await, Some(StepResult::Exit { code: 42 }));
    let signal = server.result(&job, "signal").await;
    assert_eq!(signal, Some(StepResult::Signal { signal: 11, out_of_memory: false }));
    assert_eq!(server.result(&job, "unknown").await, Some(StepResult::Exit { code: 127 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_says_which_image_is_missing() {
    let server = RealServer::start().await;
    let _runner = server.runner().await.start();
    server.push_config(&docker_job("roundhouse-test/no-such-image:7", "- run: echo never")).await;
    let job = server.ended_job("build").await;
    assert_eq!(job.state, JobState::Ended(Outcome::InfrastructureFail), "{}", server.all_logs(&job).await);
    let reason = job.reason.clone().unwrap_or_default();
    assert!(reason.contains("roundhouse-test/no-such-image:7"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_that_is_not_there_is_told_in_a_sentence() {
    let server = RealServer::start().await;
    let _runner = server.runner().await.with("DOCKER_HOST", "tcp://127.0.0.1:1").start();
    server.push_config(&docker_job(BUSYBOX, "- run: echo never")).await;
    let job = server.ended_job("build").await;
    assert_eq!(job.state, JobState::Ended(Outcome::InfrastructureFail), "{}", server.all_logs(&job).await);
    let reason = job.reason.clone().unwrap_or_default();
    assert!(reason.contains("Docker") && reason.contains("127.0.0.1:1"), "{reason}");
}
