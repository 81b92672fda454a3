//! Steps as values, and steps with old names.

use model::plan::{Executor, StepKind};

use crate::kit::{commands, good, outline, plan};

/// Number 9.
#[test]
fn a_step_of_steps() {
    let text = "
version: 2.1
jobs:
  publish:
    parameters:
      before: {type: steps, default: []}
      publish: {type: steps}
    machine: true
    steps:
      - steps: << parameters.before >>
      - run: build
      - steps: <<parameters.publish>>
      - steps: [run: a list as well]
workflows:
  main:
    jobs:
      - publish: {publish: [run: push, checkout]}
      - publish: {name: all, before: [checkout], publish: []}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "publish"), ["build", "push", "checkout", "a list as well"]);
    assert_eq!(commands(&compiled, "all"), ["checkout", "build", "a list as well"]);
}

/// Number 10.
#[test]
fn a_list_in_place_of_a_step() {
    let text = "
version: 2.1
commands:
  around: {parameters: {steps: {type: steps}}, steps: [run: before, << parameters.steps >>, run: after]}
  only: {parameters: {steps: {type: steps}}, steps: << parameters.steps >>}
jobs:
  build:
    parameters: {all: {type: steps, default: [run: by default]}}
    machine: true
    steps: << parameters.all >>
workflows:
  main:
    jobs:
      - build
      - build: {name: b, all: [around: {steps: [only: {steps: [checkout, run: in]}]}, only: {steps: []}]}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "build"), ["by default"]);
    assert_eq!(commands(&compiled, "b"), ["before", "checkout", "in", "after"]);
}

/// Number 11: the names of the parameters are the caller's, the commands those of the caller's namespace.
#[test]
fn arguments_keep_the_scope_of_the_caller() {
    let text = "
version: 2.1
orbs:
  trace:
    commands:
      say: {steps: [run: the orb says]}
      span:
        parameters: {name: {type: string}, steps: {type: steps}}
        steps: [run: start << parameters.name >>, say, steps: << parameters.steps >>, run: end << parameters.name >>]
commands:
  say: {parameters: {what: {type: string, default: hello}}, steps: [run: say << parameters.what >>]}
jobs:
  build:
    parameters: {name: {type: string, default: mine}, dir: {type: steps, default: [run: dist << pipeline.git.branch >>]}}
    machine: true
    steps:
      - trace/span:
          name: outer
          steps:
            - say: {what: << parameters.name >>}
            - trace/span: {name: inner-<< parameters.name >>, steps: << parameters.dir >>}
            - when: {condition: {equal: [mine, << parameters.name >>]}, steps: [say]}
";
    assert_eq!(
        commands(&good(text), "build"),
        [
            "start outer",
            "the orb says",
            "say mine",
            "start inner-mine",
            "the orb says",
            "dist main",
            "end inner-mine",
            "say hello",
            "end outer"
        ]
    );
}

/// Number 39.
#[test]
fn old_spellings() {
    let text = "
version: 2
jobs:
  build:
    machine: {enabled: true}
    branches: {only: main}
    steps:
      - restore-cache: {key: 'v1-{{ .Branch }}'}
      - save-cache: {key: v1, paths: node_modules}
      - persist_to_workspace: {root: ., paths: dist}
      - deploy: {name: Ship, command: make ship}
      - deploy: make again
      - store-artifacts: {path: out}
";
    let compiled = good(text);
    insta::assert_snapshot!(outline(&compiled), @r"
    workflow
      build
    ");
    let build = plan(&compiled, "build");
    assert_eq!(build.executor, Executor::Machine { image: None, docker_layer_caching: false });
    let paths: Vec<&[String]> = build
        .steps
        .iter()
        .filter_map(|step| match &step.kind {
            StepKind::SaveCache(save) => Some(save.paths.as_slice()),
            StepKind::PersistToWorkspace(persist) => Some(persist.paths.as_slice()),
            _ => None,
        })
        .collect();
    assert_eq!(paths, [["node_modules"], ["dist"]]);
    let names: Vec<&str> = build.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(
        names,
        ["Restoring Cache", "Saving Cache", "Persisting to workspace", "Ship", "make again", "Uploading artifacts"]
    );
    let warned: Vec<&str> = compiled.warnings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        warned,
        [
            "`enabled` of `machine` is deprecated",
            "`branches` of a job is deprecated",
            "the step `deploy` is deprecated",
            "the step `deploy` is deprecated"
        ]
    );
}
