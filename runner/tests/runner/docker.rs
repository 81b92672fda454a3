//! Jobs in real containers.

use model::{event::StepResult, job::Outcome, plan::Container};

use crate::kit::{Job, TestRunner, ask, containers, docker};

#[tokio::test]
async fn a_job_runs_in_a_container() {
    let runner = docker();
    let job = Job::docker("build")
        .variable("GREETING", "hello")
        .secret("PASSWORD", "swordfish")
        .step("Greet", "echo \"$GREETING $PASSWORD\"; echo $(cat /proc/1/comm); grep CapEff /proc/self/status")
        .step("Base64", "printf %s \"$PASSWORD\" | base64");
    let record = runner.run(job).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)), "{}", record.log(0));
    // Docker's usual 14 capabilities are 00000000a80425fb; NET_RAW, MKNOD, AUDIT_WRITE and SETFCAP are gone.
    assert_eq!(
        record.log(1),
        "hello ****\n.roundhouse-age\nCapEff:\t00000000000405fb\n".replace("00000000000405fb", &capabilities())
    );
    assert!(record.log(2).starts_with("****"), "{}", record.log(2));
    let spin_up = record.log(0);
    for part in ["Docker ", "Image roundhouse-test/busybox:1 (", "Container ", "Environment ready after "] {
        assert!(spin_up.contains(part), "{spin_up}");
    }
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
    assert!(runner.is_clean());
}

/// Docker's usual capabilities without those that the runner drops.
fn capabilities() -> String {
    let usual = 0xa804_25fb_u64;
    format!("{:016x}", [13, 27, 29, 31].into_iter().fold(usual, |set, number| set & !(1 << number)))
}

#[tokio::test]
async fn another_user_than_root_can_work() {
    let runner = docker();
    let container = Container { user: Some("1234:1234".to_owned()), ..Job::busybox() };
    let job = Job::containers("build", vec![container]).working_directory("/tmp/project").step("Who", "id -u");
    let record = runner.run(job).await;
    assert_eq!(record.log(1), "1234\n", "{:?}", record.end());
}

#[tokio::test]
async fn an_image_that_cannot_be_had_fails_the_job_with_a_sentence() {
    let runner = docker();
    // A port where nobody listens: a registry that cannot be reached.
    let container = Container { image: "127.0.0.1:1/no/such:1".to_owned(), ..Container::default() };
    let record = runner.run(Job::containers("build", vec![container]).step("Never", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("image `127.0.0.1:1/no/such:1` is not on this runner's host"), "{reason:?}");

    let container = Container { image: "Not An Image".to_owned(), ..Container::default() };
    let record = runner.run(Job::containers("build", vec![container]).step("Never", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("`Not An Image` is not the name of an image"), "{reason:?}");
    assert!(matches!(record.result(0), Some(StepResult::NotStarted { .. })));
}

#[tokio::test]
async fn a_user_that_the_image_does_not_have_fails_the_job() {
    let runner = docker();
    let container = Container { user: Some("nobody-of-that-name".to_owned()), ..Job::busybox() };
    let record = runner.run(Job::containers("build", vec![container]).step("Never", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("the user `nobody-of-that-name` does not exist"), "{reason:?}");
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
}

#[tokio::test]
async fn a_daemon_that_is_not_there_is_named() {
    let runner =
        TestRunner::configured(|settings| settings.docker_host = Some("unix:///nowhere/docker.sock".to_owned()));
    let record = runner.run(Job::docker("build").step("Never", "true")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    let expected =
        "Docker is not reachable at unix:///nowhere/docker.sock: is the daemon running? (systemctl start docker)";
    assert!(reason.unwrap().starts_with(expected), "{reason:?}");
}

#[tokio::test]
async fn a_container_that_is_killed_or_removed_ends_the_task() {
    for (act, words) in [("kill", "killed from outside"), ("rm", "disappeared")] {
        let runner = docker();
        let task = Job::docker("build").step("Wait", "echo ready; sleep 1000").queue(&runner.server);
        let (stops, running) = runner.start();
        runner.server.until(task, |record| record.log(1) == "ready\n").await;
        let container = containers(task).remove(0);
        match act {
            "kill" => ask(&["kill", &container]),
            _ => ask(&["rm", "--force", &container]),
        };
        let record = runner.server.until(task, |record| record.end().is_some()).await;
        let (outcome, reason) = record.end().unwrap();
        assert_eq!(outcome, Outcome::InfrastructureFail);
        // Removing kills first: whoever looks in between sees that.
        let reason = reason.unwrap();
        assert!(reason.contains(words) || act == "rm" && reason.contains("killed"), "{act}: {reason}");
        assert!(record.result(1).is_some());
        stops.drain.cancel();
        running.await.unwrap();
        assert!(runner.is_clean());
    }
}

#[tokio::test]
async fn a_container_is_bounded_and_has_nothing_of_the_host_but_its_spool_and_agent() {
    let runner = docker();
    let task =
        Job::docker("build").resource_class("small").step("Wait", "echo ready; sleep 1000").queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "ready\n").await;
    let id = containers(task).remove(0);
    let host = "{{.HostConfig.PidsLimit}} {{.HostConfig.OomScoreAdj}} {{.HostConfig.Privileged}} {{.HostConfig.Memory}} \
                {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.AutoRemove}} {{.HostConfig.NetworkMode}}";
    let cpus = if std::thread::available_parallelism().unwrap().get() > 1 { 1_000_000_000 } else { 0 };
    let gib = 1_u64 << 30;
    let bounds = ask(&["inspect", "--format", host, &id]);
    assert!(bounds.starts_with(&format!("4096 500 false {} {} {cpus} false ", 2 * gib, 2 * gib)), "{bounds}");
    let mounts = ask(&["inspect", "--format", "{{range .Mounts}}{{.Destination}}={{.RW}} {{end}}", &id]);
    let mut mounts: Vec<&str> = mounts.split_whitespace().collect();
    mounts.sort_unstable();
    assert_eq!(mounts, ["/.roundhouse-agent=false", "/.roundhouse=true"]);
    stops.cancel.cancel();
    running.await.unwrap();
    assert_eq!(runner.server.record(task).end().unwrap().0, Outcome::Canceled);
}

#[tokio::test]
async fn a_cancelled_job_ends_with_its_step() {
    let runner = docker();
    let task = Job::docker("build").lease_ms(60, 60_000).step("Wait", "echo ready; sleep 1000").queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "ready\n").await;
    runner.server.cancel(task);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    assert_eq!(record.result(1), Some(&StepResult::Canceled));
    assert_eq!(record.end().unwrap().0, Outcome::Canceled);
    stops.drain.cancel();
    running.await.unwrap();
    assert_eq!(containers(task), Vec::<String>::new());
}

#[tokio::test]
async fn a_job_outlives_its_runner_and_is_taken_up_again() {
    let runner = docker();
    let wait = "echo first; while [ ! -e /tmp/gate ]; do sleep 0.02; done; echo second";
    let task = Job::docker("build").secret("PASSWORD", "second").step("Wait", wait).queue(&runner.server);
    let (_, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "first\n").await;
    // As a kill would have it: nobody gets to say anything.
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let container = containers(task).remove(0);
    let (stops, running) = runner.start();
    ask(&["exec", &container, "touch", "/tmp/gate"]);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    stops.drain.cancel();
    running.await.unwrap();
    assert_eq!(record.log(1), "first\n****\n");
    assert_eq!(record.end(), Some((Outcome::Success, None)));
    assert_eq!(containers(task), Vec::<String>::new());
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_container_that_nobody_needs_is_swept() {
    let runner = docker();
    let task = Job::docker("build").step("Wait", "echo ready; sleep 1000").queue(&runner.server);
    let (_, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "ready\n").await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    std::fs::remove_dir_all(runner.settings.work_dir.join("tasks")).unwrap();
    assert_eq!(runner.runner().resume().await, 0);
    assert_eq!(containers(task), Vec::<String>::new());
}

#[tokio::test]
async fn code_of_the_host_is_read_only_in_the_container() {
    let runner = docker();
    let code = tempfile::tempdir().unwrap();
    std::fs::write(code.path().join("hello.txt"), "from the host\n").unwrap();
    let job = Job::docker("build").directory(code.path()).step(
        "Look",
        "cat hello.txt; echo changed > hello.txt; touch /.roundhouse-source/new 2>/dev/null || echo read-only",
    );
    let record = runner.run(job).await;
    assert_eq!(record.log(2), "from the host\nread-only\n", "{}{:?}", record.log(1), record.end());
    assert_eq!(std::fs::read_to_string(code.path().join("hello.txt")).unwrap(), "from the host\n");
}

#[tokio::test]
async fn a_spool_cannot_be_made_to_show_files_of_the_host() {
    let runner = docker();
    // The log of the next step is put in place of a link beforehand, and this step's own is replaced.
    let job = Job::docker("build")
        .step("Plant", "ln -s /etc/hostname /.roundhouse/2.0.log; echo planted")
        .step("Print", "echo printed");
    let record = runner.run(job).await;
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    assert!(record.end().is_some());
    assert!(!record.log(2).contains(host.trim()) || host.trim().is_empty(), "{}", record.log(2));
}

#[tokio::test]
async fn a_record_that_the_job_has_forged_ends_the_job_with_a_sentence() {
    let runner = docker();
    let forge = "echo '{\"seq\":99,\"at\":0,\"event\":\"ended\",\"outcome\":\"success\"}' >> /.roundhouse/events.jsonl; sleep 1000";
    let record = runner.run(Job::docker("build").step("Forge", forge)).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("damaged (event 4 has the number 99)"), "{reason:?}");
    assert_eq!(containers(record.assignment.task), Vec::<String>::new());
}

#[tokio::test]
async fn a_forge_on_the_loopback_of_the_host_can_be_reached_at_its_address() {
    let runner = docker();
    let forge = wiremock::MockServer::start().await;
    let answer = wiremock::ResponseTemplate::new(200).set_body_string("from the forge\n");
    wiremock::Mock::given(wiremock::matchers::path("/acme/app.git")).respond_with(answer).mount(&forge).await;
    let url = format!("http://{}/acme/app.git", forge.address());
    let fetch = format!("wget -q -O - {url}");
    let job = Job::docker("build").repository(&url).step("Fetch", &fetch).step("Again", &fetch);
    let record = runner.run(job).await;
    assert_eq!((record.log(1).as_str(), record.log(2).as_str()), ("from the forge\n", "from the forge\n"));
    assert_eq!(record.end(), Some((Outcome::Success, None)));
}
