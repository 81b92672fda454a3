//! The contract with the runner: files, numbers, exit codes.

use std::{fs, process::Command};

use model::agent::TASK_FILE;

use crate::kit::{Task, run};

#[test]
fn a_task_that_cannot_be_read_is_told() {
    let task = Task::new([]);
    let mut command = task.command();
    fs::write(task.path("spool").join(TASK_FILE), "{\"steps\": secret").unwrap();
    assert!(command.status().unwrap().success());
    let events = fs::read_to_string(task.path("spool/events.jsonl")).unwrap();
    assert!(events.contains("\"seq\":3") && events.contains("infrastructure_fail"), "{events}");
    assert!(events.contains("line 1") && !events.contains("secret"), "{events}");
}

#[test]
fn without_a_task_nothing_is_told() {
    let task = Task::new([]);
    let output = Command::new(env!("CARGO_BIN_EXE_task-agent")).arg(task.path("spool")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no task"));
    assert!(!task.path("spool/events.jsonl").exists());
}

#[test]
fn a_job_without_steps_succeeds() {
    assert_eq!(Task::new([]).end().events.len(), 1);
}

#[test]
fn a_full_disk_loses_output_but_not_the_job() {
    let task = Task::new([run("echo gone; head -c 300000 /dev/zero"), run("echo here")]);
    std::os::unix::fs::symlink("/dev/full", task.path("spool/1.0.log")).unwrap();
    assert_eq!(task.end().succeeded().text(2), "here\n");
}

#[test]
fn nothing_of_the_agent_stays_behind() {
    let ended = Task::new([run("dirname $BASH_ENV")]).end().succeeded();
    assert!(!std::path::Path::new(ended.text(1).trim()).exists());
}
