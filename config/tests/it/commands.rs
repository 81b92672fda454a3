//! Commands: their arguments, and steps that are passed to them.

use crate::kit::{commands, good, steps};

#[test]
fn a_command_gets_its_arguments() {
    let text = steps("      - greet: {who: World}\n      - greet: {who: You, loud: yes}\n")
        + "commands:
  greet:
    parameters:
      who: {type: string}
      loud: {type: boolean, default: false}
    steps:
      - when: {condition: << parameters.loud >>, steps: [run: echo HELLO << parameters.who >>]}
      - unless: {condition: << parameters.loud >>, steps: [run: echo Hello << parameters.who >>]}
";
    assert_eq!(commands(&good(&text), "build"), ["echo Hello World", "echo HELLO You"]);
}

#[test]
fn steps_passed_as_arguments_keep_the_scope_of_who_wrote_them() {
    let text = "
version: 2.1
commands:
  around:
    parameters:
      inner: {type: steps, default: []}
      name: {type: string, default: around}
    steps:
      - run: before << parameters.name >>
      - steps: << parameters.inner >>
      - << parameters.inner >>
      - when: {condition: << parameters.inner >>, steps: [run: there are steps]}
  around-all:
    parameters:
      all: {type: steps}
    steps: << parameters.all >>
jobs:
  build:
    parameters:
      name: {type: string, default: caller}
    machine: true
    steps:
      - around:
          inner:
            - run: inner << parameters.name >>
            - around-all: {all: [checkout, {run: 'deep << parameters.name >>'}]}
      - around
";
    insta::assert_snapshot!(commands(&good(text), "build").join("\n"), @r"
    before around
    inner caller
    checkout
    deep caller
    inner caller
    checkout
    deep caller
    there are steps
    before around
    ");
}

#[test]
fn mustache_sections() {
    let text = steps(
        "      - key: {branch: true}\n      - key: {path: node_modules}\n      - run: x<<# pipeline.git.tag >>y<</ \
         pipeline.git.tag >>z\n",
    ) + "commands:
  key:
    parameters:
      branch: {type: boolean, default: false}
      path: {type: string, default: ''}
    steps:
      - run: |
          a<<# parameters.branch >>-{{ .Branch }}<</ parameters.branch >>
          <<^parameters.path>>none<</parameters.path>><<#parameters.path>>at << parameters.path >><<#parameters.branch>>!<</parameters.branch>><</parameters.path>>
";
    insta::assert_snapshot!(commands(&good(&text), "build").join("\n---\n"), @r"
    a-{{ .Branch }}
    none

    ---
    a
    at node_modules

    ---
    xz
    ");
}

/// As the snyk CLI's configuration has it.
#[test]
fn names_of_steps_and_jobs_may_be_put_together() {
    let text = "
version: 2.1
parameters: {kind: {type: string, default: unit}}
commands:
  install-deps-deb: {steps: [run: apt]}
  install-deps-apk: {parameters: {flag: {type: string}}, steps: [run: apk << parameters.flag >>]}
jobs:
  test-unit:
    parameters: {system: {type: string, default: deb}, step: {type: string, default: checkout}}
    machine: true
    steps:
      - install-deps-<< parameters.system >>
      - install-deps-<<# parameters.system >>apk<</ parameters.system >>: {flag: << parameters.system >>}
      - << parameters.step >>
workflows:
  main:
    jobs:
      - test-<< pipeline.parameters.kind >>
      - test-<< pipeline.parameters.kind >>: {name: last, requires: [test-<< pipeline.parameters.kind >>]}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "test-unit"), ["apt", "apk deb", "checkout"]);
    assert_eq!(compiled.workflows[0].jobs[1].requires[0].job, "test-unit");
    let found = crate::kit::findings(&text.replace("default: deb", "default: rpm"));
    assert_eq!(found[0].message, "there is no step or command `install-deps-rpm`");
}
