//! Jobs on the host itself.

use model::{event::StepResult, job::Outcome};

use crate::kit::{Job, TestRunner};

fn host() -> TestRunner {
    TestRunner::configured(|settings| (settings.docker, settings.machine) = (false, true))
}

/// The processes whose command line holds `mark`.
fn processes(mark: &str) -> Vec<String> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            path.file_name()?.to_str()?.parse::<u32>().ok()?;
            let command = String::from_utf8(std::fs::read(path.join("cmdline")).ok()?).ok()?.replace('\0', " ");
            command.contains(mark).then_some(command)
        })
        .collect()
}

#[tokio::test]
async fn a_job_runs_on_the_host() {
    let runner = host();
    let job = Job::machine("build")
        .variable("GREETING", "hello")
        .step("Greet", "printf '%s\\0\\n' \"$GREETING\"; echo oops >&2")
        .step("Fail", "exit 3");
    let record = runner.run(job).await;
    assert_eq!(record.log(1), "hello\0\noops\n");
    assert_eq!(record.result(1), Some(&StepResult::SUCCESS));
    assert_eq!(record.result(2), Some(&StepResult::Exit { code: 3 }));
    assert_eq!(record.end().unwrap().0, Outcome::Failed);
    assert!(record.log(0).contains("Machine "), "{}", record.log(0));
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_runner_whose_disk_is_short_of_room_claims_nothing() {
    let mut runner = host();
    runner.settings.min_free_bytes = u64::MAX;
    let task = Job::machine("build").step("Any", "true").queue(&runner.server);
    assert!(!runner.runner().run_one().await);
    runner.settings.min_free_bytes = 1;
    assert!(runner.runner().run_one().await, "the task was left for who has room");
    assert_eq!(runner.server.record(task).end(), Some((Outcome::Success, None)));
}

#[tokio::test]
async fn a_job_sees_nothing_of_the_runners_environment_or_home() {
    let runner = host();
    let record = runner.run(Job::machine("build").step("Look", "env; echo \"home=$HOME\"; pwd")).await;
    let log = record.log(1);
    // What a shell or the agent sets for itself, and what every job gets.
    let usual = ["HOME", "LANG", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "TZ", "USER", "_", "CI"];
    let leaked: Vec<String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| !usual.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={value}"))
        .filter(|variable| log.lines().any(|line| line == variable))
        .collect();
    assert_eq!(leaked, Vec::<String>::new());
    let home = format!("home={}", runner.settings.work_dir.join("tasks").display());
    assert!(log.contains(&home), "{log}");
}

#[tokio::test]
async fn a_cancelled_job_leaves_no_process_behind() {
    let runner = host();
    let mark = format!("86{}", std::process::id());
    let job = Job::machine("build").lease_ms(60, 60_000).step(
        "Sleep",
        // In a session of its own, where no signal to a group reaches it.
        &format!("setsid sleep {mark} & echo ready; sleep {mark}"),
    );
    let task = job.queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1).contains("ready")).await;
    runner.server.cancel(task);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    assert_eq!(record.end().unwrap().0, Outcome::Canceled);
    stops.drain.cancel();
    running.await.unwrap();
    assert_eq!(processes(&format!("sleep {mark}")), Vec::<String>::new());
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_job_that_tells_its_end_in_its_agents_place_leaves_no_process_behind() {
    let runner = host();
    let mark = format!("87{}", std::process::id());
    let end = r#"{"seq":4,"at":1,"event":"ended","outcome":"success"}"#;
    let forge = format!("echo '{end}' >> \"$(dirname \"$ROUNDHOUSE_HALT_FILE\")/events.jsonl\"");
    let record =
        runner.run(Job::machine("build").step("Forge", &format!("setsid sleep {mark} & {forge}; sleep {mark}"))).await;
    assert_eq!(record.end().unwrap().0, Outcome::Success);
    assert_eq!(processes(&format!("sleep {mark}")), Vec::<String>::new());
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_job_outlives_its_runner_and_is_taken_up_again() {
    let runner = host();
    let gate = runner.settings.work_dir.join("gate");
    let wait = format!("echo first; while [ ! -e {} ]; do sleep 0.02; done; echo second", gate.display());
    let task = Job::machine("build").step("Wait", &wait).queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "first\n").await;
    stops.leave.cancel();
    running.await.unwrap();
    std::fs::write(gate, "").unwrap();
    assert_eq!(runner.runner().resume().await, 1);
    let record = runner.server.record(task);
    assert_eq!(record.log(1), "first\nsecond\n");
    assert_eq!(record.end(), Some((Outcome::Success, None)));
    assert!(runner.is_clean());
}

#[tokio::test]
async fn an_agent_that_was_killed_is_told_so() {
    let runner = host();
    let task = Job::machine("build").step("Wait", "echo ready; sleep 1000").queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "ready\n").await;
    let record = std::fs::read_dir(runner.settings.work_dir.join("machine")).unwrap().next().unwrap().unwrap();
    let process: serde_json::Value = serde_json::from_slice(&std::fs::read(record.path()).unwrap()).unwrap();
    let pid = i32::try_from(process["pid"].as_i64().unwrap()).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::KILL).unwrap();
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    assert!(matches!(record.result(1), Some(StepResult::Lost { .. })), "{record:?}");
    assert_eq!(record.end().unwrap().0, Outcome::InfrastructureFail);
    stops.drain.cancel();
    running.await.unwrap();
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_job_whose_record_was_never_written_is_found_by_its_mark() {
    let runner = host();
    let gate = runner.settings.work_dir.join("gate");
    let wait = format!("echo first; while [ ! -e {} ]; do sleep 0.02; done; echo second", gate.display());
    let task = Job::machine("build").step("Wait", &wait).queue(&runner.server);
    let (stops, running) = runner.start();
    runner.server.until(task, |record| record.log(1) == "first\n").await;
    stops.leave.cancel();
    running.await.unwrap();
    for record in std::fs::read_dir(runner.settings.work_dir.join("machine")).unwrap() {
        std::fs::remove_file(record.unwrap().path()).unwrap();
    }
    std::fs::write(gate, "").unwrap();
    assert_eq!(runner.runner().resume().await, 1);
    let record = runner.server.record(task);
    assert_eq!((record.log(1).as_str(), record.end()), ("first\nsecond\n", Some((Outcome::Success, None))));
}
