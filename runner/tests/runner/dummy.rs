//! The whole runner with the dummy executor: claims, events, logs, leases, and what a restart makes of them.

use std::sync::Arc;

use model::{
    event::{SPIN_UP_STEP, StepResult, TaskEventKind},
    job::Outcome,
};
use runner::{SpinUpError, executor::dummy::DummyExecutor};

use crate::kit::{Job, Record, TestRunner};

fn dummy() -> (Arc<DummyExecutor>, TestRunner) {
    let dummy = Arc::new(DummyExecutor::new());
    (Arc::clone(&dummy), TestRunner::with(dummy))
}

fn job(name: &str) -> Job {
    Job::docker(name).step("Compile", "make").step("Test", "make test")
}

/// One word for each event.
fn story(record: &Record) -> Vec<String> {
    let tell = |kind: &TaskEventKind| match kind {
        TaskEventKind::StepStarted { key, name, .. } => format!("{key} {name}"),
        TaskEventKind::StepEnded { key, result } => {
            format!("{key} {}", result.sentence().unwrap_or_else(|| "ok".to_owned()))
        }
        TaskEventKind::Ended { outcome, .. } => outcome.name().to_owned(),
    };
    record.events.iter().map(|event| tell(&event.kind)).collect()
}

const SUCCESS: [&str; 7] =
    ["0.0 Spin up environment", "0.0 ok", "1.0 Compile", "1.0 ok", "2.0 Test", "2.0 ok", "success"];

#[tokio::test]
async fn a_task_is_told_from_its_spin_up_to_its_end() {
    let (dummy, runner) = dummy();
    dummy.prints("build", "Compile", "42 files\n");
    let record = runner.run(job("build")).await;
    assert_eq!(story(&record), SUCCESS);
    assert_eq!(record.log(1), "42 files\n");
    assert!(record.log(SPIN_UP_STEP).starts_with("Dummy environment\nEnvironment ready"));
    assert!(runner.is_clean());
    assert!(!runner.runner().run_one().await, "there is nothing more");
}

#[tokio::test]
async fn a_failed_step_ends_the_job() {
    let (dummy, runner) = dummy();
    dummy.step_exits("build", "Compile", 2);
    let record = runner.run(job("build")).await;
    assert_eq!(record.end(), Some((Outcome::Failed, Some("step `Compile` exited with code 2"))));
    assert_eq!(record.result(2), None);
}

#[tokio::test]
async fn secrets_are_masked_in_logs_and_events() {
    let (dummy, runner) = dummy();
    dummy.prints("build", "log in with swordfish", "using swordfish\n");
    let job = Job::docker("build").step("log in with swordfish", "login swordfish").secret("PASSWORD", "swordfish");
    let record = runner.run(job).await;
    assert_eq!(record.log(1), "using ****\n");
    let told = format!("{:?}", record.events);
    assert!(told.contains("log in with ****") && !told.contains("swordfish"), "{told}");
}

#[tokio::test]
async fn a_server_that_is_away_now_and_then_gets_everything_once() {
    let (dummy, runner) = dummy();
    dummy.prints("build", "Test", "all green\n");
    let task = job("build").queue(&runner.server);
    runner.server.is_flaky(2);
    let claims = runner.runner();
    while !claims.run_one().await {}
    let record = runner.server.record(task);
    assert_eq!(story(&record), SUCCESS);
    assert_eq!(record.log(2), "all green\n");
}

/// Longer than two chunks, and different everywhere.
fn long_text() -> String {
    (0..1_300_000).map(|number| format!("{number}\n")).collect()
}

#[tokio::test]
async fn what_was_obeyed_and_not_answered_is_not_done_twice() {
    let (dummy, runner) = dummy();
    dummy.prints("build", "Compile", &long_text());
    runner.server.loses_answers();
    let record = runner.run(job("build").secret("NUMBER", "777777")).await;
    assert_eq!(story(&record), SUCCESS);
    assert!(record.log(1) == long_text().replace("777777", "****"), "the log differs");
}

#[tokio::test]
async fn bytes_that_the_server_lost_are_sent_again() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    dummy.prints("build", "Compile", &long_text());
    let task = job("build").secret("NUMBER", "777777").queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    // A log that had begun already when its end was written.
    runner.server.until(task, |record| record.events.len() == 3).await;
    let server = std::sync::Arc::clone(&runner.server);
    let loss = tokio::spawn(async move {
        let key = model::event::StepKey::first(1);
        server.until(task, |record| record.logs.contains_key(&key)).await;
        server.loses_bytes(task, key, 1000);
    });
    dummy.releases("build");
    stops.drain.cancel();
    running.await.unwrap();
    loss.await.unwrap();
    let record = runner.server.record(task);
    assert_eq!(story(&record), SUCCESS);
    assert!(record.log(1) == long_text().replace("777777", "****"), "the log differs");
}

#[tokio::test]
async fn an_environment_that_vanished_ends_its_step_and_the_task() {
    let (dummy, runner) = dummy();
    dummy.vanishes("build");
    let record = runner.run(job("build")).await;
    assert!(matches!(record.result(2), Some(StepResult::Lost { .. })), "{record:?}");
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("disappeared"));
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_refused_environment_is_told_with_its_reason() {
    let (dummy, runner) = dummy();
    dummy.refuses("build", SpinUpError::failed("no such thing"));
    let record = runner.run(job("build")).await;
    assert_eq!(story(&record), ["0.0 Spin up environment", "0.0 no such thing", "failed"]);
    assert_eq!(record.log(SPIN_UP_STEP), "no such thing\n");
}

#[tokio::test]
async fn a_machine_job_without_leave_names_the_setting() {
    let runner = TestRunner::configured(|settings| settings.docker = false);
    let record = runner.run(Job::machine("build").step("Compile", "make")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("ROUNDHOUSE_RUNNER_MACHINE=on"), "{reason:?}");
}

#[tokio::test]
async fn a_cancelled_task_is_cancelled_in_its_environment() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").lease_ms(30, 60_000).queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    runner.server.cancel(task);
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    assert_eq!(record.end().unwrap().0, Outcome::Canceled);
    assert_eq!(record.result(1), Some(&StepResult::Canceled));
    stops.drain.cancel();
    running.await.unwrap();
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_fenced_task_is_dropped_with_its_environment() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").lease_ms(30, 60_000).queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    runner.server.until(task, |record| record.events.len() == 3).await;
    runner.server.fence(task);
    stops.drain.cancel();
    running.await.unwrap();
    assert_eq!(runner.server.record(task).events.len(), 3, "nothing is told after the fence");
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_runner_without_contact_stops_the_task_and_tells_it_later() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").lease_ms(30, 100).queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    runner.server.until(task, |record| record.events.len() == 3).await;
    runner.server.falls_silent();
    dummy.not_held("build").await;
    runner.server.speaks();
    let record = runner.server.until(task, |record| record.end().is_some()).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("could not reach the server"), "{reason:?}");
    stops.drain.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn draining_lets_tasks_finish_and_claims_nothing_more() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    stops.drain.cancel();
    dummy.releases("build");
    running.await.unwrap();
    assert_eq!(story(&runner.server.record(task)), SUCCESS);
}

#[tokio::test]
async fn a_second_stop_cancels() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    stops.drain.cancel();
    stops.cancel.cancel();
    running.await.unwrap();
    assert_eq!(runner.server.record(task).end().unwrap().0, Outcome::Canceled);
}

#[tokio::test]
async fn a_task_that_was_left_is_taken_up_again() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    dummy.prints("build", "Compile", "first swordfish, then\n");
    let task = job("build").secret("PASSWORD", "swordfish").queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    stops.leave.cancel();
    running.await.unwrap();
    assert!(!runner.is_clean());

    let (stops, running) = runner.start();
    dummy.releases("build");
    runner.server.until(task, |record| record.end().is_some()).await;
    stops.drain.cancel();
    running.await.unwrap();
    let record = runner.server.record(task);
    assert_eq!(story(&record), SUCCESS);
    assert_eq!(record.log(1), "first ****, then\n");
    assert_eq!(dummy.starts(), ["build"], "it was not started again");
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_task_that_ended_while_no_runner_was_there_is_told_from_its_spool() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    stops.leave.cancel();
    running.await.unwrap();
    dummy.releases("build");
    assert_eq!(runner.runner().resume().await, 1);
    assert_eq!(story(&runner.server.record(task)), SUCCESS);
    assert!(runner.is_clean());
}

#[tokio::test]
async fn a_task_that_was_given_away_meanwhile_is_removed() {
    let (dummy, runner) = dummy();
    dummy.holds("build");
    let task = job("build").queue(&runner.server);
    let (stops, running) = runner.start();
    dummy.held("build").await;
    stops.leave.cancel();
    running.await.unwrap();
    let told = runner.server.record(task).events.len();
    runner.server.fence(task);
    assert_eq!(runner.runner().resume().await, 1);
    assert_eq!(runner.server.record(task).events.len(), told);
    assert!(runner.is_clean());
}

#[tokio::test]
async fn two_runners_do_not_share_a_work_directory() {
    let (_, runner) = dummy();
    let first = runner.runner();
    let second =
        runner::Runner::new(runner.settings.clone(), Arc::clone(&runner.server) as _, runner.executors.clone());
    assert!(second.is_err_and(|error| format!("{error:#}").contains("another runner")));
    drop(first);
}
