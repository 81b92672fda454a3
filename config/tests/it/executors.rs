//! Executors: joined with what the job says, chosen by the caller, under other names.

use model::plan::Executor;

use crate::kit::{commands, findings, good, plan};

#[test]
fn executors_are_joined_with_what_the_job_says() {
    let text = "
version: 2.1
executors:
  python:
    parameters:
      tag: {type: string, default: latest}
      special: {type: string}
    docker: [{image: 'cimg/python:<< parameters.tag >>'}]
    environment: {SPECIAL: << parameters.special >>, ENV: ci}
    working_directory: ~/a
    resource_class: small
jobs:
  build:
    executor: {name: python, tag: '2.7', special: x}
    environment: {ENV: job, MORE: 1}
    working_directory: ~/b
    steps: [checkout]
  other:
    executor: {name: python, special: y}
    docker: [{image: own}]
    steps: [checkout]
workflows: {main: {jobs: [build, other]}}
";
    let compiled = good(text);
    insta::assert_json_snapshot!((plan(&compiled, "build"), plan(&compiled, "other")), @r#"
    [
      {
        "executor": {
          "kind": "docker",
          "containers": [
            {
              "image": "cimg/python:2.7"
            }
          ]
        },
        "resource_class": "small",
        "working_directory": "~/b",
        "environment": {
          "ENV": "job",
          "MORE": "1",
          "SPECIAL": "x"
        },
        "steps": [
          {
            "name": "Checkout code",
            "type": "checkout",
            "method": "blobless"
          }
        ],
        "parallelism": 1
      },
      {
        "executor": {
          "kind": "docker",
          "containers": [
            {
              "image": "own"
            }
          ]
        },
        "resource_class": "small",
        "working_directory": "~/a",
        "environment": {
          "ENV": "ci",
          "SPECIAL": "y"
        },
        "steps": [
          {
            "name": "Checkout code",
            "type": "checkout",
            "method": "blobless"
          }
        ],
        "parallelism": 1
      }
    ]
    "#);
}

#[test]
fn an_executor_can_be_chosen_by_the_caller() {
    let text = "
version: 2.1
executors:
  ubuntu:
    parameters: {image: {type: string, default: ubuntu-2404:current}, dlc: {type: boolean, default: false}}
    machine: {image: << parameters.image >>, docker_layer_caching: << parameters.dlc >>}
  bionic: {docker: [{image: 'ubuntu:bionic'}]}
jobs:
  test:
    parameters:
      e: {type: executor, default: ubuntu}
    executor: << parameters.e >>
    steps: [run: 'on << parameters.e >>']
  more:
    parameters:
      e: {type: executor, default: bionic}
    executor: {name: << parameters.e >>, dlc: true}
    steps:
      - when: {condition: {equal: [{name: ubuntu, image: x}, << parameters.e >>]}, steps: [run: it is x]}
workflows:
  main:
    jobs:
      - test: {name: a}
      - test: {name: b, e: bionic}
      - test: {name: c, e: {name: ubuntu, dlc: true}}
      - more: {name: d, e: {name: ubuntu, image: x}}
";
    let compiled = good(text);
    let executors: Vec<&Executor> = ["a", "b", "c", "d"].iter().map(|name| &plan(&compiled, name).executor).collect();
    insta::assert_json_snapshot!(executors, @r#"
    [
      {
        "kind": "machine",
        "image": "ubuntu-2404:current",
        "docker_layer_caching": false
      },
      {
        "kind": "docker",
        "containers": [
          {
            "image": "ubuntu:bionic"
          }
        ]
      },
      {
        "kind": "machine",
        "image": "ubuntu-2404:current",
        "docker_layer_caching": true
      },
      {
        "kind": "machine",
        "image": "x",
        "docker_layer_caching": true
      }
    ]
    "#);
    assert_eq!(commands(&compiled, "d"), ["it is x"]);
}

#[test]
fn an_executor_may_be_another_name() {
    let text = "
version: 2.1
orbs: {o: {executors: {real: {docker: [{image: x}]}, default: real}}}
executors: {mine: o/default, a: b, b: a}
jobs: {build: {executor: mine, steps: [checkout]}}
";
    assert!(matches!(plan(&good(text), "build").executor, Executor::Docker { .. }));
    let found = findings(&text.replace("executor: mine", "executor: a"));
    assert_eq!(found[0].message, "the executor `a` is only another name for itself");
}

#[test]
fn an_executor_without_name_is_told_how_to_say_it() {
    let text = "version: 2.1\nexecutors: {linux: {machine: true}}\njobs: {build: {executor: {linux: {tag: x}}, steps: [checkout]}}\n";
    let found = findings(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "`executor` needs the key `name`");
    assert_eq!(found[0].help.as_deref(), Some("write `name: linux`, with its arguments beside it"));
}

/// One mistake in an executor is one report, however many jobs have it.
#[test]
fn a_misspelled_docker_is_said_once() {
    let text = "
version: 2.1
executors: {linux: {dokcer: [{image: a}]}}
jobs:
  a: {executor: linux, steps: [checkout]}
  b: {executor: linux, steps: [checkout]}
workflows: {main: {jobs: [a, b]}}
";
    let found: Vec<String> = findings(text).iter().map(|finding| finding.one_line()).collect();
    let message = "`dokcer` is none of `docker`, `machine` and `macos`: nothing says where jobs run";
    assert_eq!(found, [format!("config.yml:3:21: error[config::executor]: {message}")]);
}
