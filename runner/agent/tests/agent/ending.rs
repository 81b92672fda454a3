//! Time limits and cancellation: whole process trees end.

use std::{fs, path::Path};

use model::{
    event::{StepKey, StepResult},
    job::Outcome,
    plan::When,
};

use crate::kit::{Ended, Task, run};

/// A tree of three: the shell, a child, and a daemon in a session of its own. Their ids are in the log.
const TREE: &str = "sleep 1001 & echo child $!; setsid -f sh -c 'echo daemon $$; exec sleep 1002'; echo shell $$; wait";

/// The processes that the log of step 1 names.
fn processes(ended: &Ended) -> Vec<String> {
    let text = ended.text(1);
    text.lines().filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect()
}

fn lives(pid: &str) -> bool {
    // A zombie that its parent has not seen yet is dead.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn all_are_gone(ended: &Ended) {
    let processes = processes(ended);
    assert_eq!(processes.len(), 3, "{}", ended.text(1));
    for pid in processes {
        assert!(!lives(&pid), "process {pid} outlived the task");
    }
}

fn always(command: &str) -> model::plan::Step {
    let mut step = run(command);
    step.when = When::Always;
    step
}

fn tree_with_signal(signal: &str) -> Ended {
    let task = Task::new([run(TREE), always("echo no")]).start();
    for name in ["child", "daemon", "shell"] {
        task.wait_for(StepKey::first(1), name);
    }
    task.signal(signal);
    task.end()
}

#[test]
fn cancel_ends_the_whole_tree() {
    let ended = tree_with_signal("TERM");
    assert_eq!(ended.outcome(), (Outcome::Canceled, Some("the job was canceled")));
    assert_eq!(ended.results(), [(StepKey::first(1), StepResult::Canceled)]);
    all_are_gone(&ended);
}

#[test]
fn background_steps_are_cancelled_with_the_job() {
    let mut task = Task::new([
        run("echo up; sleep 1000"),
        run("until grep -q up ../../spool/1.0.log; do sleep 0.01; done; echo up; sleep 1000"),
    ]);
    task.first().background = true;
    let task = task.start();
    task.wait_for(StepKey::first(2), "up");
    task.signal("TERM");
    let ended = task.end();
    let canceled = |step| (StepKey::first(step), StepResult::Canceled);
    assert_eq!(ended.results(), [canceled(2), canceled(1)]);
}

#[test]
fn the_runner_can_tell_the_time_limit() {
    let ended = tree_with_signal("USR1");
    let reason = "the job ran longer than its limit of 10 minutes";
    assert_eq!(ended.outcome(), (Outcome::TimedOut, Some(reason)));
    assert_eq!(ended.results(), [(StepKey::first(1), StepResult::TimedOut { limit_ms: 600_000 })]);
    all_are_gone(&ended);
}

#[test]
fn the_time_limit_ends_the_job() {
    let mut task = Task::new([run("echo begun; sleep 1000"), always("echo no")]);
    task.task.time_limit_ms = 300;
    let ended = task.end();
    assert_eq!(ended.outcome().0, Outcome::TimedOut);
    assert_eq!(ended.started(), [1]);
}

#[test]
fn what_ignores_term_is_killed() {
    let task = Task::new([run("trap '' TERM; echo child $$; while true; do sleep 0.1; done")]).start();
    task.wait_for(StepKey::first(1), "child");
    task.signal("TERM");
    let ended = task.end();
    assert_eq!(ended.outcome().0, Outcome::Canceled);
    assert!(!lives(&processes(&ended)[0]));
}

#[test]
fn a_cancelled_step_may_clean_up() {
    let task =
        Task::new([run("trap 'sleep 0.2; echo cleaned; exit 1' TERM; echo up; while true; do sleep 0.01; done")])
            .start();
    task.wait_for(StepKey::first(1), "up");
    task.signal("TERM");
    assert!(task.end().text(1).ends_with("cleaned\n"));
}

#[test]
fn silence_ends_the_step_but_not_the_job() {
    let mut task = Task::new([
        run("sleep 1003 & echo child $!; echo shell $$; echo x $$; wait"),
        run("echo no"),
        always("echo after"),
    ]);
    task.first().no_output_timeout_ms = 400;
    let ended = task.end();
    assert_eq!(ended.result(1), StepResult::NoOutput { limit_ms: 400 });
    assert_eq!(ended.started(), [1, 3]);
    assert_eq!(ended.text(3), "after\n");
    assert!(
        ended.outcome().1.unwrap().contains("was stopped: no output for 400 milliseconds"),
        "{:?}",
        ended.outcome()
    );
    all_are_gone(&ended);
}

#[test]
fn output_puts_the_silence_off() {
    let mut task = Task::new([run("for i in $(seq 30); do echo $i; sleep 0.1; done")]);
    task.first().no_output_timeout_ms = 2_000;
    task.end().succeeded();
}

#[test]
fn a_daemon_of_an_earlier_step_ends_with_the_task() {
    let ended = Task::new([
        run("setsid -f sh -c 'echo daemon $$; exec sleep 1004'"),
        run("until grep -q daemon ../../spool/1.0.log; do sleep 0.01; done"),
    ])
    .end()
    .succeeded();
    assert!(!Path::new(&format!("/proc/{}", processes(&ended)[0])).exists());
}
