//! What CircleCI takes though no reference says so.

use config::Code;
use model::plan::StepKind;

use crate::kit::{commands, findings, good, plan};

/// A command, an executor and a job may each be another name for one, also for one of an orb.
#[test]
fn a_definition_may_be_another_name() {
    let text = "
version: 2.1
orbs:
  node:
    commands:
      install: {parameters: {version: {type: string, default: '1'}}, steps: [run: node << parameters.version >>]}
    jobs: {test: {machine: true, steps: [run: node test]}}
commands: {install: node/install, again: install}
jobs:
  build: {machine: true, steps: [install, again: {version: '2'}]}
  test: node/test
workflows: {main: {jobs: [build, {test: {requires: [build]}}]}}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "build"), ["node 1", "node 2"]);
    assert_eq!(commands(&compiled, "test"), ["node test"]);
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    let circle = text.replace("install: node/install", "install: again");
    assert!(findings(&circle).iter().any(|finding| finding.code == Code::Recursion));
    let missing = text.replace("test: node/test", "test: node/tests").replace("again: install", "again: instal");
    let found: Vec<String> = findings(&missing).iter().map(|finding| finding.one_line()).collect();
    assert_eq!(
        found,
        [
            "config.yml:8:42: error[config::unknown-step]: there is no command `instal`",
            "config.yml:11:9: error[config::unknown-orb]: the orb `node` has no job `tests`",
        ]
    );
}

#[test]
fn in_version_2_a_step_may_be_indented_wrongly() {
    let text = "version: 2\njobs:\n  build:\n    machine: true\n    steps:\n      - run:\n        name: x\n        command: y\n";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "build"), ["y"]);
    assert_eq!(compiled.warnings[0].message, "`name` stands beside the step `run`, not below it");
    assert_eq!(findings(&text.replace("version: 2", "version: 2.1"))[0].code, Code::InvalidValue);
}

/// What real configurations have: a map that is no logic statement counts as true, a time without unit is of seconds, and
/// `deploy` runs in one of several tasks.
#[test]
fn what_circleci_is_lenient_about() {
    let text = "
version: 2.1
jobs:
  build:
    machine: true
    parallelism: 2
    steps:
      - when:
          condition: {and: [equal: [main, << pipeline.git.branch >>], when: always]}
          steps: [run: {command: a, no_output_timeout: 600}]
      - deploy: b
";
    let compiled = good(text);
    let steps = &plan(&compiled, "build").steps;
    let StepKind::Run(run) = &steps[0].kind else { panic!("{steps:?}") };
    assert_eq!(run.no_output_timeout_ms, 600_000);
    let one = "if [ \"${CIRCLE_NODE_INDEX:-0}\" -ne 0 ]; then echo 'deploy runs in the first task only'; exit 0; fi\nb";
    assert_eq!(commands(&compiled, "build")[1], one);
    let warned: Vec<&str> = compiled.warnings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        warned,
        [
            "there is no logic operator `when`: the map counts as true",
            "the step `deploy` is deprecated",
            "`deploy` in a job with parallelism runs in the first task, and does not wait for the others",
        ]
    );
}
