//! A Docker daemon of a job's own, in a real container.

use std::{
    fs::File,
    time::{Duration, SystemTime},
};

use model::{
    event::StepResult,
    job::Outcome,
    plan::{Container, SetupRemoteDocker},
};
use runner::{
    resource::Limits,
    settings::{MachineImages, RemoteDockerMode},
};

use crate::kit::{Job, REMOTE_DOCKER, TestRunner, ask, containers, docker_with, make};

/// A runner that makes daemons from the image of the tests.
fn runner() -> TestRunner {
    make("remote-docker-image", REMOTE_DOCKER);
    docker_with(|settings| {
        settings.remote_docker.image = REMOTE_DOCKER.to_owned();
        settings.machine_images = MachineImages::parse(&format!("ubuntu-2204:*={REMOTE_DOCKER}")).unwrap();
        settings.resource_classes.insert("roomy", Limits { cpu_millis: 2000, memory_bytes: 2 << 30 });
    })
}

/// A job whose image has the `docker` command.
fn job() -> Job {
    Job::containers("build", vec![Container { image: REMOTE_DOCKER.to_owned(), ..Container::default() }])
}

/// Makes the image `box` of the job's own BusyBox.
const MAKE_IMAGE: &str = "mkdir -p /tmp/root/bin; cp /bin/busybox /tmp/root/bin/; ln -s busybox /tmp/root/bin/sh; \
                          tar -C /tmp/root -c . | docker import - box:1 >/dev/null";

#[tokio::test]
async fn a_job_builds_and_runs_in_a_docker_of_its_own() {
    let runner = runner();
    let host = ask(&["info", "--format", "{{.ID}}"]);
    let job = job()
        .step("Before", "docker version >/dev/null 2>&1 || echo none")
        .remote_docker(SetupRemoteDocker::default())
        .step("Image", MAKE_IMAGE)
        .step("Build", "mkdir /tmp/b; cd /tmp/b; printf 'FROM box:1\\nRUN [\"/bin/busybox\",\"touch\",\"/built\"]\\n' > Dockerfile; docker build --quiet --tag built . >/dev/null 2>&1; echo $?")
        .step("Run", "docker run --rm built /bin/busybox ls /built")
        .step(
            "Port",
            "docker run --detach --publish 8091:80 box:1 /bin/busybox httpd -f -p 80 >/dev/null; \
             for i in $(seq 100); do wget -q -O - http://127.0.0.1:8091/bin/ 2>&1 | grep -q -e 404 -e 200 && break; \
             wget -S -O - http://127.0.0.1:8091/ 2>&1 | grep -o 'HTTP/1.. 404' && break; sleep 0.05; done | head -n 1",
        )
        .step("Which", "docker info --format '{{.ID}} {{.ContainersRunning}}'");
    let record = runner.run(job).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)), "{}{}{}", record.log(0), record.log(2), record.log(4));
    assert_eq!(record.log(1), "none\n");
    assert!(
        record.log(2).contains("for this job alone, is ready: DOCKER_HOST=tcp://127.0.0.1:2375"),
        "{}",
        record.log(2)
    );
    assert_eq!(record.log(4), "0\n");
    assert_eq!(record.log(5), "/built\n");
    assert_eq!(record.log(6), "HTTP/1.1 404\n");
    let which = record.log(7);
    assert!(!which.contains(&host) && which.ends_with(" 1\n"), "{which}");
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
    assert!(runner.is_clean());
}

/// Names of volumes.
fn volumes(begin: &str) -> Vec<String> {
    ask(&["volume", "ls", "--quiet", "--filter", &format!("name={begin}")]).lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn layers_are_kept_for_one_project_and_no_other() {
    let runner = runner();
    let caching = SetupRemoteDocker { version: None, docker_layer_caching: true };
    let look = "docker image inspect box:1 >/dev/null 2>&1 && echo kept || echo new";
    let project = format!("test-{}", std::process::id());
    let job = |keep_under: &str| {
        job().keep_under(keep_under).remote_docker(caching.clone()).step("Look", look).step("Image", MAKE_IMAGE)
    };
    let first = runner.run(job(&project)).await;
    let second = runner.run(job(&project)).await;
    let kept = || {
        let all = volumes("roundhouse-layers").into_iter();
        all.filter(|name| name.contains(&project)).collect::<Vec<String>>()
    };
    let [volume] = kept().try_into().unwrap();
    // No job has had it for two weeks.
    let note = File::options().write(true).open(runner.settings.work_dir.join("layers").join(&volume)).unwrap();
    note.set_modified(SystemTime::now() - Duration::from_secs(15 * 24 * 3600)).unwrap();
    let other = runner.run(job(&format!("{project}-other"))).await;
    let left = kept();
    for name in &left {
        ask(&["volume", "rm", name]);
    }
    let told = [&first, &second, &other].map(|record| record.log(2));
    assert_eq!(told, ["new\n", "kept\n", "new\n"], "{}{}", first.log(0), first.log(1));
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0] != volume, "the old one is gone");
}

#[tokio::test]
async fn the_daemon_outlives_the_runner_and_goes_with_the_job() {
    let runner = runner();
    let wait = "echo first; while [ ! -e /tmp/gate ]; do sleep 0.02; done; docker info --format '{{.Images}}'";
    let task = job().remote_docker(SetupRemoteDocker::default()).step("Wait", wait).queue(&runner.server);
    let (_, running) = runner.start();
    runner.server.until(task, |record| record.log(2) == "first\n").await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let primary = ask(&[
        "ps",
        "--quiet",
        "--filter",
        &format!("label=dev.roundhouse.task={task}"),
        "--filter",
        "label=dev.roundhouse.role=primary",
    ]);
    let (stops, running) = runner.start();
    ask(&["exec", &primary, "touch", "/tmp/gate"]);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    stops.drain.cancel();
    running.await.unwrap();
    assert_eq!(record.log(2), "first\n0\n");
    assert_eq!(record.end(), Some((Outcome::Success, None)));
    assert_eq!(containers(task), Vec::<String>::new());
}

#[tokio::test]
async fn a_runner_without_it_fails_the_step_with_a_sentence() {
    let runner = docker_with(|settings| settings.remote_docker.mode = RemoteDockerMode::Off);
    let job = Job::docker("build").step("Before", "echo begun").remote_docker(SetupRemoteDocker::default());
    let record = runner.run(job).await;
    assert_eq!(record.log(1), "begun\n");
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("ROUNDHOUSE_RUNNER_REMOTE_DOCKER=on"), "{reason:?}");
}

#[tokio::test]
async fn a_fork_gets_none() {
    let runner = runner();
    let record = runner.run(job().remote_docker(SetupRemoteDocker::default()).of_fork()).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("code from a fork gets no Docker daemon"), "{reason:?}");
}

#[tokio::test]
async fn a_container_stands_for_a_machine_image() {
    let runner = runner();
    let job = Job::machine_image("build", "ubuntu-2204:2024.01.1")
        .resource_class("roomy")
        .step("Docker", "docker info --format '{{.ServerVersion}}' | grep -c .");
    let record = runner.run(job).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)), "{}{}", record.log(0), record.log(1));
    assert_eq!(record.log(1), "1\n");
    let record = runner.run(Job::machine_image("build", "ubuntu-2404:current").step("Never", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("no container image for the machine image `ubuntu-2404:current`"), "{reason:?}");
}

#[tokio::test]
async fn a_cancelled_job_takes_its_services_its_docker_and_what_will_not_stop_with_it() {
    let runner = runner();
    let primary = Container { image: REMOTE_DOCKER.to_owned(), ..Container::default() };
    let service = Container { command: Some(["sleep", "1000"].map(str::to_owned).to_vec()), ..Job::busybox() };
    let stubborn = "trap 'echo asked' TERM; (trap '' TERM; exec sleep 1000) & echo ready; while :; do sleep 0.1; done";
    let task = Job::containers("build", vec![primary, service])
        .lease_ms(60, 60_000)
        .remote_docker(SetupRemoteDocker::default())
        .step("Stubborn", stubborn)
        .queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(2) == "ready\n").await;
    assert_eq!(containers(task).len(), 3, "the primary one, the service, and the Docker of the job");
    runner.server.cancel(task);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    let log = record.log(2);
    assert!(log.ends_with("asked\n"), "it is asked first, with TERM, and then ended: {log}");
    assert_eq!(record.result(2), Some(&StepResult::Canceled));
    assert_eq!(record.end().unwrap().0, Outcome::Canceled);
    stops.drain.cancel();
    running.await.unwrap();
    assert_eq!(containers(task), Vec::<String>::new());
    assert_eq!(ask(&["network", "ls", "--quiet", "--filter", &format!("label=dev.roundhouse.task={task}")]), "");
    assert!(runner.is_clean());
}
