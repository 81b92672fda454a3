//! Variables: precedence, `$BASH_ENV`, home.

use std::process::Stdio;

use crate::kit::{Task, run};

/// What a step sees of a variable.
fn show(name: &str) -> String {
    format!("echo \"${{{name}-unset}}\"")
}

#[test]
fn a_step_wins_over_the_job_and_the_job_over_the_image() {
    let mut task = Task::new([run(&["A", "B", "C"].map(show).join(";")), run(&show("C"))]);
    task.task.clean_environment = false;
    task.first().environment.insert("C".to_owned(), "step".to_owned());
    let task = task.variable("B", "job").variable("C", "job");
    let mut command = task.command();
    let status = command.env("A", "image").env("B", "image").env("C", "image").stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    assert_eq!(task.log(model::event::StepKey::first(1)), b"image\njob\nstep\n");
    assert_eq!(task.log(model::event::StepKey::first(2)), b"job\n");
}

#[test]
fn a_clean_environment_keeps_little() {
    let task = Task::new([run("env | cut -d= -f1 | sort | tr '\\n' ' '")]).variable("MINE", "1");
    let mut command = task.command();
    assert!(
        command
            .env("CANARY", "secret")
            .env("TERM", "xterm")
            .env("LANG", "C")
            .env("USER", "me")
            .status()
            .unwrap()
            .success()
    );
    let text = String::from_utf8(task.log(model::event::StepKey::first(1))).unwrap();
    let own = "BASH_ENV CIRCLE_SHELL_ENV CIRCLE_WORKING_DIRECTORY HOME LANG MINE PATH PWD ROUNDHOUSE_HALT_FILE SHLVL TERM USER _ ";
    assert_eq!(text, own);
}

#[test]
fn exports_in_bash_env_reach_the_next_steps() {
    let steps = [
        run(
            "echo 'export GREETING=\"hello $USER_NAME\"' >> $BASH_ENV; echo 'export PATH=/opt/x:$PATH' >> \"$BASH_ENV\"",
        ),
        run("echo $GREETING; echo ${PATH%%:*}; [ $BASH_ENV = $CIRCLE_SHELL_ENV ]"),
    ];
    assert_eq!(Task::new(steps).variable("USER_NAME", "you").end().succeeded().text(2), "hello you\n/opt/x\n");
}

#[test]
fn the_directories_are_known() {
    let mut task = Task::new([run("echo $CIRCLE_WORKING_DIRECTORY; echo $PWD; echo ~")]);
    task.first().working_directory = Some("sub".to_owned());
    let ended = task.end().succeeded();
    let (project, home) = (ended.task.project(), ended.task.path("home"));
    assert_eq!(ended.text(1), format!("{0}\n{0}/sub\n{1}\n", project.display(), home.display()));
}

#[test]
fn values_are_taken_as_they_are() {
    let value = "$HOME `id` \"q\" 'q' \\ é\nline two";
    assert_eq!(Task::new([run("printf %s \"$V\"")]).variable("V", value).end().succeeded().text(1), value);
}

#[test]
fn a_home_is_found_where_none_is_set() {
    let mut task = Task::new([run("echo $HOME")]);
    task.task.environment.clear();
    task.task.working_directory = Some("/tmp".to_owned());
    let mut command = task.command();
    assert!(command.env_remove("HOME").env_remove("PATH").status().unwrap().success());
    let home = String::from_utf8(task.log(model::event::StepKey::first(1))).unwrap();
    assert!(home.starts_with('/'), "{home}");
}

#[test]
fn the_bash_env_of_the_image_is_sourced_by_ours() {
    let mut task = Task::new([run("echo $FROM_IMAGE; echo export MINE=1 >> $BASH_ENV"), run("echo $FROM_IMAGE $MINE")]);
    task.task.clean_environment = false;
    let file = task.path("image's env");
    std::fs::write(&file, "export FROM_IMAGE=yes\n").unwrap();
    let mut command = task.command();
    assert!(command.env("BASH_ENV", &file).status().unwrap().success());
    assert_eq!(task.log(model::event::StepKey::first(2)), b"yes 1\n");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "export FROM_IMAGE=yes\n");
}

#[test]
fn a_bash_env_that_the_job_names_is_the_jobs() {
    let task = Task::new([run("echo $BASH_ENV")]).variable("BASH_ENV", "/my/own/env");
    assert!(task.end().succeeded().text(1).ends_with("/my/own/env\n"));
}

#[test]
fn a_step_that_cleans_up_too_much_does_not_break_the_next() {
    let steps = [
        run("rm -rf $(dirname $BASH_ENV)"),
        run("echo export A=1 >> $BASH_ENV"),
        run("echo $A; circleci --version >/dev/null"),
    ];
    assert_eq!(Task::new(steps).end().succeeded().text(3), "1\n");
}
