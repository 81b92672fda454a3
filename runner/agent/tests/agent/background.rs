//! Background steps.

use model::{
    event::{StepKey, StepResult, TaskEventKind},
    job::Outcome,
    plan::{Step, StepKind, When},
};

use crate::kit::{Task, run};

fn background(command: &str) -> Step {
    let mut step = run(command);
    if let StepKind::Run(run) = &mut step.kind {
        run.background = true;
    }
    step
}

#[test]
fn a_background_step_goes_on_and_is_ended_with_the_job() {
    let ended = Task::new([
        background("echo up; touch ~/up; exec sleep 1000"),
        run("until [ -e ~/up ]; do sleep 0.01; done; echo $PPID"),
    ]);
    let ended = ended.end().succeeded();
    assert_eq!(ended.text(1), "up\n");
    assert!(matches!(&ended.events[0].kind, TaskEventKind::StepStarted { background: true, .. }));
    let order: Vec<u32> = ended.results().iter().map(|(key, _)| key.step).collect();
    assert_eq!(order, [2, 1]);
    assert_eq!(ended.result(1), StepResult::SUCCESS, "to be ended with the job is its purpose");
}

#[test]
fn its_own_end_is_told_when_it_comes_and_does_not_change_the_job() {
    let ended = Task::new([
        background("exit 3"),
        run("until grep -q '\"code\":3' ../../spool/events.jsonl; do sleep 0.01; done"),
    ]);
    let ended = ended.end().succeeded();
    assert_eq!(ended.results()[0], (StepKey::first(1), StepResult::Exit { code: 3 }));
}

#[test]
fn it_may_clean_up() {
    let ended = Task::new([
        background("trap 'echo bye; exit 0' TERM; touch ~/up; while true; do sleep 0.01 || true; done"),
        run("until [ -e ~/up ]; do sleep 0.01; done"),
    ]);
    assert!(ended.end().succeeded().text(1).ends_with("bye\n"));
}

#[test]
fn it_survives_a_neighbour_without_output() {
    let mut silent = run("exec sleep 1000");
    if let StepKind::Run(run) = &mut silent.kind {
        run.no_output_timeout_ms = 300;
    }
    let mut after = run("until [ -s ~/pid ]; do sleep 0.01; done; kill -0 $(cat ~/pid)");
    after.when = When::Always;
    let ended = Task::new([background("echo $$ > ~/pid; exec sleep 1000"), silent, after]).end();
    assert_eq!(ended.result(2), StepResult::NoOutput { limit_ms: 300 });
    assert_eq!(ended.result(3), StepResult::SUCCESS);
    assert_eq!(ended.result(1), StepResult::SUCCESS);
    assert_eq!(ended.outcome().0, Outcome::Failed);
}
