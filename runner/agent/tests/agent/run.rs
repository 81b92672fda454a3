//! `run`: shells, exit codes, output, directories.

use std::fs;

use model::{
    event::{StepKey, StepResult, TaskEventKind},
    job::Outcome,
    plan::When,
};

use crate::kit::{Task, run};

#[test]
fn a_step_has_a_start_an_end_and_a_log() {
    let ended = Task::new([run("echo out; echo err >&2")]).end().succeeded();
    assert_eq!(ended.text(1), "out\nerr\n");
    let TaskEventKind::StepStarted { key, name, command, background } = &ended.events[0].kind else { panic!() };
    assert_eq!((*key, *background), (StepKey::first(1), false));
    assert_eq!((name.as_str(), command.as_str()), ("echo out; echo err >&2", "echo out; echo err >&2"));
    assert_eq!(ended.result(1), StepResult::SUCCESS);
}

#[test]
fn exit_codes_and_signals_come_through() {
    for (command, result) in [
        ("exit 3", StepResult::Exit { code: 3 }),
        ("no-such-command", StepResult::Exit { code: 127 }),
        ("false | true", StepResult::Exit { code: 1 }),
        ("kill -SEGV $$", StepResult::Signal { signal: 11, out_of_memory: false }),
        ("kill -KILL $$", StepResult::Signal { signal: 9, out_of_memory: false }),
    ] {
        assert_eq!(Task::new([run(command)]).end().result(1), result, "{command}");
    }
}

#[test]
fn the_reason_names_step_and_cause() {
    let ended = Task::new([run("\nset +e\nexit 7\n")]).end();
    assert_eq!(ended.outcome(), (Outcome::Failed, Some("step `set +e…` exited with code 7")));
}

#[test]
fn after_a_failure_conditions_decide() {
    let with = |command, when| {
        let mut step = run(command);
        step.when = when;
        step
    };
    let steps = [
        with("true", When::OnFail),
        run("exit 4"),
        run("echo no"),
        with("exit 5", When::Always),
        with("true", When::OnFail),
    ];
    let ended = Task::new(steps).end();
    assert_eq!(ended.started(), [2, 4, 5], "a step that is passed over has no events");
    assert_eq!(ended.outcome(), (Outcome::Failed, Some("step `exit 4` exited with code 4")));
}

#[test]
fn output_is_kept_byte_for_byte() {
    let ended = Task::new([run("head -c 5000000 /dev/urandom | tee ~/copy")]).end().succeeded();
    assert!(ended.task.log(StepKey::first(1)) == fs::read(ended.task.path("home/copy")).unwrap());
}

#[test]
fn all_output_is_in_the_log_before_the_end_is_told() {
    // The agent ends right after; what was not copied by then would be lost.
    for _ in 0..20 {
        assert_eq!(Task::new([run("printf x; exec head -c 99999 /dev/zero")]).end().succeeded().text(1).len(), 100_000);
    }
}

#[test]
fn what_a_left_child_prints_later_goes_into_the_same_log() {
    let ended = Task::new([
        run("(until [ -e ~/go ]; do sleep 0.01; done; echo late; touch ~/done) & echo early"),
        run("touch ~/go; until [ -e ~/done ]; do sleep 0.01; done"),
    ]);
    assert_eq!(ended.end().succeeded().text(1), "early\nlate\n");
}

#[test]
fn a_flood_from_a_left_child_does_not_hold_the_step() {
    let ended = Task::new([run("setsid yes & true"), run("echo next")]).end().succeeded();
    assert_eq!(ended.text(2), "next\n");
}

#[test]
fn standard_input_is_empty() {
    assert_eq!(Task::new([run("cat; echo end")]).end().succeeded().text(1), "end\n");
}

#[test]
fn every_step_has_a_session_of_its_own() {
    let ended = Task::new([run("cut -d' ' -f1,5,6 /proc/$$/stat")]).end().succeeded();
    let text = ended.text(1);
    let ids: Vec<&str> = text.split_whitespace().collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
}

#[test]
fn signals_have_their_ordinary_state() {
    let ended = Task::new([run("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2")]).end().succeeded();
    for mask in ended.text(1).lines() {
        // The C library keeps signal 32 for itself, and ignores it in what it starts.
        assert_eq!(u64::from_str_radix(mask, 16).unwrap() & 0x7fff_ffff, 0, "{mask}");
    }
}

#[test]
fn directories_are_expanded_and_made() {
    let mut task = Task::new([run("pwd"), run("pwd")]);
    task.task.working_directory = Some("~/deep/work".to_owned());
    task.first().working_directory = Some("sub/dir".to_owned());
    let ended = task.end().succeeded();
    let home = ended.task.path("home");
    assert_eq!(ended.text(1), format!("{}/deep/work/sub/dir\n", home.display()));
    assert_eq!(ended.text(2), format!("{}/deep/work\n", home.display()));
}

#[test]
fn a_directory_that_cannot_be_made_is_explained() {
    let mut task = Task::new([run("pwd")]);
    task.task.working_directory = Some("/dev/null/project".to_owned());
    let ended = task.end();
    let (outcome, reason) = ended.outcome();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("/dev/null/project cannot be created"), "{reason:?}");
}

#[test]
fn shells_of_all_kinds_work() {
    for (shell, command, text) in [
        ("/bin/sh", "false; echo $0", "/bin/sh\n"),
        ("/bin/bash -eo pipefail", "echo one", "one\n"),
        ("/bin/bash -eo pipefail -c", "echo one", "one\n"),
        ("bash -x", "echo one", "+ echo one\none\n"),
        ("/usr/bin/env bash", "echo 'a \"b\" $'", "a \"b\" $\n"),
        ("cat", "a script\nfor any interpreter", "a script\nfor any interpreter"),
        ("/usr/bin/env awk -f", "BEGIN { print 6 * 7 }", "42\n"),
    ] {
        let mut task = Task::new([run(command)]);
        task.first().shell = Some(shell.to_owned());
        assert_eq!(task.end().succeeded().text(1), text, "{shell}");
    }
}

#[test]
fn the_jobs_shell_is_for_all_steps_that_name_none() {
    let mut task = Task::new([run("false; echo $-"), run("false; echo two")]);
    task.task.shell = Some("/bin/sh -u".to_owned());
    let ended = task.end().succeeded();
    assert!(ended.text(1).contains('u') && ended.text(2) == "two\n");
}

#[test]
fn a_missing_shell_is_explained() {
    let mut task = Task::new([run("true")]);
    task.first().shell = Some("/bin/no-such-shell -e".to_owned());
    let ended = task.end();
    let StepResult::NotStarted { reason } = ended.result(1) else { panic!("{:?}", ended.result(1)) };
    assert!(reason.contains("the shell `/bin/no-such-shell` does not exist here"), "{reason}");
    assert!(ended.text(1).contains(&reason));
    assert!(ended.outcome().1.unwrap().starts_with("step `true`: the shell"), "{:?}", ended.outcome());
}

#[test]
fn commands_may_be_long() {
    let command = format!("set -- {}\necho $#\nfalse", "a ".repeat(500_000));
    let ended = Task::new([run(&command)]).end();
    assert_eq!((ended.text(1).as_str(), ended.result(1)), ("500000\n", StepResult::Exit { code: 1 }));
    let TaskEventKind::StepStarted { command, .. } = &ended.events[0].kind else { panic!() };
    assert!(command.len() < 100_000 && command.ends_with('…'), "an event shows the beginning");
}

#[test]
fn what_cannot_be_passed_to_a_process_is_explained() {
    let huge = Task::new([run("true")]).variable("HUGE", &"x".repeat(200_000)).end();
    assert!(huge.outcome().1.unwrap().contains("too large"), "{:?}", huge.outcome());
    let zero = Task::new([run("printf 'a\0b'")]).end();
    assert!(zero.outcome().1.unwrap().contains("zero byte"), "{:?}", zero.outcome());
}

#[test]
fn a_flood_is_cut_with_a_mark() {
    let mut task = Task::new([run("head -c 3000000 /dev/zero | tr '\\0' x"), run("echo fine")]);
    task.task.log_limit_bytes = 1_000_000;
    let ended = task.end().succeeded();
    let text = ended.text(1);
    let mark = text.find("[Roundhouse: this step has printed 1.0 MB, the most that is kept of one step").unwrap();
    assert_eq!(mark, 1_000_001);
    assert!(text.ends_with("\n[Roundhouse: 2.0 MB of output were left out above]\n"), "{}", &text[mark..]);
    assert!(text.len() < 1_001_000);
    assert_eq!(ended.text(2), "fine\n");
}
