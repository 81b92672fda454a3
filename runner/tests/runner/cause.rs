//! The sentence of cause for what can go wrong in a container.

use model::{event::StepResult, job::Outcome};
use runner::resource::Limits;

use crate::kit::{Job, docker, docker_with};

#[tokio::test]
async fn a_step_that_runs_out_of_memory_says_the_limit_and_the_peak() {
    let runner = docker_with(|settings| {
        settings.resource_classes.insert("tiny", Limits { cpu_millis: 500, memory_bytes: 32 << 20 });
    });
    let job = Job::docker("build").resource_class("tiny").step("Eat", "tail /dev/zero; exit $?");
    let record = runner.run(job).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert_eq!(record.result(1), Some(&StepResult::Signal { signal: 9, out_of_memory: true }), "{reason:?}");
    let begin = "step `Eat` was killed by the kernel: the job ran out of memory (its limit is 32 MiB, its peak was 3";
    assert!(reason.unwrap().starts_with(begin), "{reason:?}");
}

#[tokio::test]
async fn a_full_disk_is_named() {
    let runner = docker();
    // 64 MiB, as Docker makes it.
    let job = Job::docker("build")
        .working_directory("/dev/shm/project")
        .step("Fill", "cat /dev/zero > fill 2>/dev/null || exit 1");
    let record = runner.run(job).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert_eq!(reason, Some("step `Fill` exited with code 1 (the disk is full at /dev/shm/project)"));
}

#[tokio::test]
async fn a_signal_and_an_exit_code_are_told() {
    let runner = docker();
    let record = runner.run(Job::docker("build").step("Abort", "kill -ABRT $$")).await;
    assert_eq!(record.end(), Some((Outcome::Failed, Some("step `Abort` was killed by SIGABRT (signal 6)"))));
    let record = runner.run(Job::docker("build").step("Fail", "exit 42")).await;
    assert_eq!(record.end(), Some((Outcome::Failed, Some("step `Fail` exited with code 42"))));
    let job = Job::docker("build").step("Hang", "sleep 1000").no_output_timeout_ms(200);
    let record = runner.run(job).await;
    let reason =
        "step `Hang` was stopped: no output for 200 milliseconds (raise `no_output_timeout` if that is normal here)";
    assert_eq!(record.end(), Some((Outcome::Failed, Some(reason))));
}
