//! Service containers, and images that bring a program of their own.

use model::{
    job::Outcome,
    plan::{Container, Environment},
};

use crate::kit::{Job, ask, containers, docker};

/// A list of words.
fn words<const N: usize>(words: [&str; N]) -> Option<Vec<String>> {
    Some(words.map(str::to_owned).to_vec())
}

#[tokio::test]
async fn services_share_the_network_and_are_there_before_the_first_step() {
    let runner = docker();
    let service = Container {
        name: Some("db".to_owned()),
        command: Some(
            ["sh", "-c", "echo \"$ROLE\" > /tmp/index.html; exec httpd -f -p 8642 -h /tmp"].map(str::to_owned).to_vec(),
        ),
        environment: Environment::from([("ROLE".to_owned(), "service".to_owned())]),
        ..Job::busybox()
    };
    let fetch = |host: &str| {
        format!("for i in $(seq 100); do wget -q -O - http://{host}:8642/index.html && break; sleep 0.05; done")
    };
    let job = Job::containers("build", vec![Job::busybox(), service])
        .step("By loopback", &fetch("127.0.0.1"))
        .step("By name", &fetch("db"));
    let record = runner.run(job).await;
    assert_eq!((record.log(1).as_str(), record.log(2).as_str()), ("service\n", "service\n"), "{}", record.log(0));
    assert_eq!(record.end(), Some((Outcome::Success, None)));
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
}

#[tokio::test]
async fn every_container_has_the_limits_of_the_class() {
    let runner = docker();
    let service = Container { command: words(["sleep", "1000"]), ..Job::busybox() };
    let task = Job::containers("build", vec![Job::busybox(), service])
        .resource_class("small")
        .step("Wait", "echo ready; ulimit -n; sleep 1000")
        .queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1).starts_with("ready\n")).await;
    let all = containers(task);
    assert_eq!(all.len(), 2);
    for id in all {
        let bounds = ask(&["inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}", &id]);
        assert_eq!(bounds, format!("{} 4096", 2_u64 << 30));
    }
    stops.cancel.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_class_larger_than_the_host_is_said() {
    let runner = docker();
    let record = runner.run(Job::docker("build").resource_class("2xlarge+").step("Work", "true")).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)));
    let log = record.log(0);
    assert!(log.contains("Resource class 2xlarge+ has 20 processors and 40 GiB; this host has "), "{log}");
    let record = runner.run(Job::docker("build").resource_class("gigantic").step("Work", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().starts_with("resource class `gigantic` is not known to this runner"), "{reason:?}");
}

#[tokio::test]
async fn a_service_that_died_is_named_with_its_last_lines_when_the_job_fails() {
    let runner = docker();
    let service = || Container {
        name: Some("db".to_owned()),
        entrypoint: words(["sh", "-c"]),
        command: words(["echo starting >&2; echo 'no configuration in swordfish' >&2; exit 3"]),
        ..Job::busybox()
    };
    let wait = "while ping -c 1 -w 1 127.0.0.1 >/dev/null && [ ! -e /tmp/x ]; do sleep 1; touch /tmp/x; done";
    let job = Job::containers("build", vec![Job::busybox(), service()])
        .secret("PASSWORD", "swordfish")
        .step("Use the database", &format!("{wait}; exit 1"));
    let record = runner.run(job).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert_eq!(
        reason.unwrap(),
        "step `Use the database` exited with code 1; the service `db` (roundhouse-test/busybox:1) ended with code 3; its \
         last lines:\nstarting\nno configuration in ****"
    );
    // A job that did not need it is none the worse.
    let job = Job::containers("build", vec![Job::busybox(), service()]).step("Work", "true");
    let record = runner.run(job).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)));
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
}

#[tokio::test]
async fn a_service_whose_command_does_not_exist_fails_the_job() {
    let runner = docker();
    let service = Container { command: words(["no-such-program"]), ..Job::busybox() };
    let job = Job::containers("build", vec![Job::busybox(), service]).step("Never", "true");
    let record = runner.run(job).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("cannot start its command"), "{reason:?}");
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
}

#[tokio::test]
async fn the_own_program_of_the_primary_image_runs_when_it_is_wanted() {
    let runner = docker();
    let image = format!("roundhouse-test/entrypoint-{}:1", std::process::id());
    let make_image = |label: &str| {
        drop(std::process::Command::new("docker").args(["rmi", "--force", &image]).output());
        let container = ask(&["create", &Job::busybox().image, "sh"]);
        let entrypoint = r#"ENTRYPOINT ["sh", "-c", "echo $0 $KIND in $PWD > /tmp/program; exec sleep 1000"]"#;
        let changes = ["--change", entrypoint, "--change", r#"CMD ["of-the-image"]"#, "--change", label];
        let rest = ["--change", "WORKDIR /var", &container, &image];
        ask(&[&["commit"], &changes[..], &rest[..]].concat());
        ask(&["rm", &container]);
    };
    let look = "for i in $(seq 40); do [ -e /tmp/program ] && break; sleep 0.05; done; cat /tmp/program || echo none";
    let container = || Container {
        image: image.clone(),
        environment: Environment::from([("KIND".to_owned(), "program".to_owned())]),
        ..Container::default()
    };
    make_image("LABEL com.circleci.preserve-entrypoint=false");
    let record = runner.run(Job::containers("build", vec![container()]).step("Look", look)).await;
    assert_eq!(record.log(1).lines().last(), Some("none"));
    let named = Container { command: words(["of-the-job"]), ..container() };
    let record = runner.run(Job::containers("build", vec![named]).step("Look", look)).await;
    assert_eq!(record.log(1), "of-the-job program in /var\n");
    make_image("LABEL com.circleci.preserve-entrypoint=true");
    let record = runner.run(Job::containers("build", vec![container()]).step("Look", look)).await;
    ask(&["rmi", "--force", &image]);
    assert_eq!(record.log(1), "of-the-image program in /var\n");
    assert_eq!(record.end(), Some((Outcome::Success, None)));
}

#[tokio::test]
async fn a_program_of_the_primary_image_that_does_not_exist_is_the_reason() {
    let runner = docker();
    let container = Container { command: words(["no-such-program"]), ..Job::busybox() };
    let record = runner.run(Job::containers("build", vec![container]).step("Never", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().starts_with("the image's own program `no-such-program` cannot be started"), "{reason:?}");
}
