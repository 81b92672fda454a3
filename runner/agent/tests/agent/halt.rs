//! The `circleci` command.

use model::job::Outcome;

use crate::kit::{Task, run};

#[test]
fn halt_ends_the_job_successfully_after_the_step() {
    for command in ["circleci", "circleci-agent"] {
        let ended =
            Task::new([run(&format!("{command} step halt; echo still here")), run("echo no")]).end().succeeded();
        assert_eq!((ended.text(1).as_str(), ended.started()), ("still here\n", vec![1]));
    }
}

#[test]
fn a_failure_stays_a_failure() {
    let ended = Task::new([run("circleci step halt; exit 6"), run("echo no")]).end();
    assert_eq!(ended.outcome(), (Outcome::Failed, Some("step `circleci step halt; exit 6` exited with code 6")));
}

#[test]
fn what_the_command_cannot_do_it_says() {
    let ended = Task::new([run("circleci --help; circleci orb list || echo $?")]).end().succeeded();
    let text = ended.text(1);
    assert!(text.contains("step halt") && text.contains("no `circleci orb list`") && text.ends_with("2\n"), "{text}");
}
