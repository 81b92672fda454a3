//! `setup_remote_docker` in a job of a whole server, with a real daemon of its own.

use std::process::Command;

use kit::{config::docker_job, real::RealServer};
use model::job::{JobState, Outcome};

/// A Docker daemon, the `docker` command, and BusyBox.
const IMAGE: &str = "roundhouse-test/remote-docker:1";

/// Steps that build an image from nothing but BusyBox, with a Dockerfile, and run it.
const STEPS: &str = r#"- setup_remote_docker
- run: |
    mkdir image && cp /bin/busybox image/
    printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "touch", "/made"]\nENTRYPOINT ["/bin/busybox"]\n' >image/Dockerfile
- run: {name: build, command: docker build --quiet --tag own:1 image >/dev/null 2>&1 && docker image ls --quiet own:1 | grep -c .}
- run: {name: run, command: docker run --rm own:1 ls /made /bin}
- run: {name: which, command: 'docker info --format "{{.ID}}"'}
- run: docker run --detach own:1 sleep 3600"#;

fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_builds_an_image_from_nothing_runs_it_and_its_daemon_goes_with_it() {
    let server = RealServer::start().await;
    let options = server.runner().await.with("ROUNDHOUSE_RUNNER_REMOTE_DOCKER_IMAGE", IMAGE);
    let runner = options.start();
    server.push_config(&docker_job(IMAGE, STEPS)).await;
    let job = server.ended_job("build").await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", job.reason, runner.log());
    assert_eq!(server.log(&job, "build").await, b"1\n");
    assert_eq!(server.log(&job, "run").await, b"/made\n\n/bin:\nbusybox\n", "{logs}");
    let which = String::from_utf8(server.log(&job, "which").await).unwrap();
    assert!(!which.trim().is_empty() && which.trim() != docker(&["info", "--format", "{{.ID}}"]), "{which}");

    // The server is told the end first; what is left goes at once after it.
    let task = store::task::list_by_job(server.store().read(), job.id).await.unwrap()[0].id;
    let label = format!("label=dev.roundhouse.task={task}");
    kit::real::until("the containers of the job to be gone", async || {
        docker(&["ps", "--all", "--quiet", "--filter", &label]).is_empty().then_some(())
    })
    .await;
    assert_eq!(docker(&["image", "ls", "--quiet", "own:1"]), "", "what the job built is in its own daemon only");
}
