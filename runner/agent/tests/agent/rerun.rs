//! Automatic reruns.

use model::{
    event::{StepKey, StepResult},
    job::Outcome,
};

use crate::kit::{Task, run};

const COUNT: &str = "echo x >> ~/count; echo attempt $(wc -l < ~/count); ";

#[test]
fn each_attempt_has_its_own_events_and_log() {
    let mut task = Task::new([run(&format!("{COUNT} [ $(wc -l < ~/count) = 3 ]"))]);
    (task.first().max_auto_reruns, task.first().auto_rerun_delay_ms) = (5, 1);
    let ended = task.end().succeeded();
    let key = |attempt| StepKey { step: 1, attempt };
    let failed = StepResult::Exit { code: 1 };
    assert_eq!(ended.results(), [(key(0), failed.clone()), (key(1), failed), (key(2), StepResult::SUCCESS)]);
    assert_eq!(ended.task.log(key(1)), b"attempt 2\n");
    assert_eq!(ended.task.log(key(2)), b"attempt 3\n");
}

#[test]
fn the_last_attempt_decides() {
    let mut task = Task::new([run(&format!("{COUNT} exit 9")), run("true")]);
    task.first().max_auto_reruns = 2;
    let ended = task.end();
    assert_eq!(ended.results().len(), 3);
    assert_eq!(ended.outcome().0, Outcome::Failed);
}

#[test]
fn what_cannot_start_is_not_tried_again() {
    let mut task = Task::new([run("true")]);
    task.first().shell = Some("/no/shell".to_owned());
    task.first().max_auto_reruns = 5;
    assert_eq!(task.end().results().len(), 1);
}

#[test]
fn a_cancel_ends_the_pause_between_attempts() {
    let mut task = Task::new([run("echo tried; false")]);
    (task.first().max_auto_reruns, task.first().auto_rerun_delay_ms) = (1, 600_000);
    let task = task.start();
    task.wait_for(StepKey::first(1), "tried");
    task.signal("TERM");
    assert_eq!(task.end().outcome().0, Outcome::Canceled);
}
