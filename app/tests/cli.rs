//! The command line from outside: what is printed, and how commands end.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Exit codes of every command (interface, "Commands").
const FAILED: i32 = 1;
const WRONG_USE: i32 = 2;
const IMPOSSIBLE: i32 = 3;

fn roundhouse(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", directory)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_command_has_help_with_an_example() {
    let directory = tempfile::tempdir().unwrap();
    for command in [
        vec!["serve"],
        vec!["runner"],
        vec!["run"],
        vec!["config", "validate"],
        vec!["demo"],
        vec!["doctor"],
        vec!["admin", "runner", "create"],
    ] {
        let output = roundhouse(directory.path(), &[command.as_slice(), &["--help"]].concat());
        assert!(output.status.success(), "{command:?}");
        assert!(text(&output.stdout).contains("Example: "), "{command:?} has no example");
    }
}

#[test]
fn wrong_use_ends_with_2() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(roundhouse(directory.path(), &["no-such-command"]).status.code(), Some(WRONG_USE));
    assert_eq!(roundhouse(directory.path(), &["serve", "--no-such-flag"]).status.code(), Some(WRONG_USE));
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let output = roundhouse(directory.path(), &["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(IMPOSSIBLE));
    let error = text(&output.stderr);
    assert!(error.contains(&format!("the address {address} is in use")) && error.contains("--listen"), "{error}");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_said() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    let output = roundhouse(directory.path(), &["serve", "--listen", "127.0.0.1:0", "--data-dir", "file/data"]);
    assert_eq!(output.status.code(), Some(IMPOSSIBLE));
    assert!(text(&output.stderr).contains("failed to make the data directory"), "{}", text(&output.stderr));
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("settings.toml"),
        "status_prefix = 'ci/circleci'\n[github]\nwebhook_secret = 'canary'\n",
    )
    .unwrap();
    let output = roundhouse(directory.path(), &["serve", "--print-settings", "--config-file", "settings.toml"]);
    assert!(output.status.success());
    let shown = text(&output.stdout);
    assert!(shown.contains("ci/circleci") && shown.contains("settings.toml"), "{shown}");
    assert!(!shown.contains("canary") && shown.contains("(set)"), "{shown}");
}

#[test]
fn validate_reports_every_error_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("config.yml"),
        "version: 2.1\njobs:\n  build:\n    docker: [{image: busybox}]\n    steps: [{run: make}]\n    parallelism: lots\n\
         workflows:\n  main:\n    jobs: [build, deploy]\n",
    )
    .unwrap();
    let output = roundhouse(directory.path(), &["config", "validate", "config.yml"]);
    assert_eq!(output.status.code(), Some(FAILED));
    let errors = text(&output.stderr);
    assert!(errors.contains("config.yml:6:") && errors.contains("config.yml:9:"), "{errors}");
    let output = roundhouse(directory.path(), &["config", "validate", "config.yml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(FAILED));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["valid"], false);
    assert!(json["diagnostics"].as_array().unwrap().len() >= 2);
}

#[test]
fn run_without_a_configuration_says_where_it_looked() {
    let directory = tempfile::tempdir().unwrap();
    let output = roundhouse(directory.path(), &["run"]);
    assert_eq!(output.status.code(), Some(IMPOSSIBLE));
    assert!(text(&output.stderr).contains("there is no .circleci/config.yml in"), "{}", text(&output.stderr));
}

#[test]
fn list_says_what_would_run_and_why_not_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".circleci")).unwrap();
    fs::write(
        directory.path().join(".circleci/config.yml"),
        "version: 2.1\nx: &x {machine: true, steps: [{run: 'true'}]}\njobs: {build: *x, test: *x, deploy: *x}\n\
         workflows:\n  main:\n    jobs:\n      - build\n      - test: {requires: [build]}\n      \
         - deploy: {requires: [test], filters: {branches: {only: main}}}\n",
    )
    .unwrap();
    let output = roundhouse(directory.path(), &["run", "--list", "--branch", "dev"]);
    let listed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(listed.contains("  build\n") && listed.contains("  test after build\n"), "{listed}");
    assert!(listed.contains("deploy does not run: ") && listed.contains("dev"), "{listed}");
    let output = roundhouse(directory.path(), &["run", "--list", "--branch", "dev", "deploy"]);
    assert_eq!(output.status.code(), Some(IMPOSSIBLE));
    assert!(text(&output.stderr).contains("does not run in this pipeline"), "{}", text(&output.stderr));
}

#[test]
fn run_ends_a_job_that_this_machine_cannot_take_at_once() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".circleci")).unwrap();
    fs::write(
        directory.path().join(".circleci/config.yml"),
        "version: 2.1\njobs:\n  build:\n    machine: true\n    resource_class: acme/big\n    steps: [{run: echo ran}]\n\
         workflows: {main: {jobs: [build]}}\n",
    )
    .unwrap();
    let output = roundhouse(directory.path(), &["run"]);
    assert_eq!(output.status.code(), Some(FAILED), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    assert!(shown.contains("no runner offers the resource class `acme/big`: start one with"), "{shown}");
    let output = roundhouse(directory.path(), &["run", "--runner-labels", "acme/big"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn run_runs_whole_workflows_on_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".circleci")).unwrap();
    fs::write(directory.path().join("uncommitted.txt"), "from the working tree\n").unwrap();
    fs::write(
        directory.path().join(".circleci/config.yml"),
        "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - checkout\n      - run: cat uncommitted.txt\n  \
         test:\n    machine: true\n    steps:\n      - run: echo to be seen; exit 3\n  \
         deploy:\n    machine: true\n    steps:\n      - run: echo never\n\
         workflows:\n  main:\n    jobs:\n      - build\n      - test: {requires: [build]}\n      - deploy: {requires: [test]}\n",
    )
    .unwrap();
    let output = roundhouse(directory.path(), &["run"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(FAILED), "{shown}\n{}", text(&output.stderr));
    assert!(shown.contains("from the working tree") && shown.contains("to be seen"), "{shown}");
    assert!(shown.contains("✗ test") && shown.contains("exited with code 3"), "{shown}");
    assert!(shown.contains("– deploy") && !shown.contains("never"), "{shown}");

    let output = roundhouse(directory.path(), &["run", "build", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["jobs"][0]["status"], "success");
    assert_eq!(report["jobs"].as_array().unwrap().len(), 1);
}
