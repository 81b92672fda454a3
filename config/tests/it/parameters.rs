//! Parameters of every kind, and what becomes of their values.

use config::{Inputs, Value};

use crate::kit::{commands, findings, good, good_with, plan, steps};

#[test]
fn texts_are_put_together_and_values_keep_their_type() {
    let text = "
version: 2.1
parameters:
  image: {type: string, default: cimg/base}
  shards: {type: integer, default: 4}
jobs:
  build:
    parameters:
      tag: {type: string, default: 2024.01}
      cpu: {type: string, default: medium}
      cache: {type: boolean, default: on}
    docker:
      - image: << pipeline.parameters.image >>:<< parameters.tag >>
        environment: {CACHE: << parameters.cache >>, PLAIN: yes, VERSION: 13.0, EMPTY: , BRANCH: << pipeline.git.branch >>}
    parallelism: << pipeline.parameters.shards >>
    resource_class: arm.<< parameters.cpu >>
    environment: {CACHE: << parameters.cache >>}
    steps:
      - setup_remote_docker: {docker_layer_caching: << parameters.cache >>}
      - run: \"[ << parameters.cache >> = true ] && cat \\\\<<EOF \\\\<<<x '<<
          parameters.tag
          >>>'\"
";
    let compiled = good(text);
    insta::assert_json_snapshot!(plan(&compiled, "build"), @r#"
    {
      "executor": {
        "kind": "docker",
        "containers": [
          {
            "image": "cimg/base:2024.01",
            "environment": {
              "BRANCH": "main",
              "CACHE": "1",
              "EMPTY": "",
              "PLAIN": "yes",
              "VERSION": "13.0"
            }
          }
        ]
      },
      "resource_class": "arm.medium",
      "environment": {
        "CACHE": "1"
      },
      "steps": [
        {
          "name": "Setup a remote Docker engine",
          "type": "setup_remote_docker",
          "docker_layer_caching": true
        },
        {
          "name": "[ true = true ] && cat <<EOF <<<x '2024.01>'",
          "type": "run",
          "command": "[ true = true ] && cat <<EOF <<<x '2024.01>'",
          "background": false,
          "no_output_timeout_ms": 600000,
          "max_auto_reruns": 0,
          "auto_rerun_delay_ms": 0
        }
      ],
      "parallelism": 4
    }
    "#);
}

#[test]
fn pipeline_parameters_take_arguments() {
    let text = "
version: 2.1
parameters:
  s: {type: string, default: a}
  b: {type: boolean, default: false}
  i: {type: integer, default: 1}
  e: {type: enum, enum: [x, y, 3], default: x}
  p: {type: string, default: 'n<< pipeline.number >>'}
  none: {type: string, default: ''}
jobs:
  build:
    machine: true
    steps: [run: '<< pipeline.parameters.s >> << pipeline.parameters.b >> << pipeline.parameters.i >> << pipeline.parameters.e >> << pipeline.parameters.p >>[<< pipeline.parameters.none >>]']
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(7));
    assert_eq!(commands(&good_with(text, &inputs), "build"), ["a false 1 x n7[]"]);
    inputs.parameters.insert("s".to_owned(), "5".into());
    inputs.parameters.insert("b".to_owned(), Value::Bool(true));
    inputs.parameters.insert("i".to_owned(), Value::Int(9));
    inputs.parameters.insert("e".to_owned(), Value::Int(3));
    assert_eq!(commands(&good_with(text, &inputs), "build"), ["5 true 9 3 n7[]"]);
}

#[test]
fn an_enum_keeps_the_type_of_its_values() {
    let text = steps("      - pick: {n: 2, s: '16.10'}\n")
        + "commands:
  pick:
    parameters:
      n: {type: enum, enum: [1, 2], default: 1}
      s: {type: enum, enum: [16.10, latest], default: latest}
    steps:
      - when: {condition: {equal: [2, << parameters.n >>]}, steps: [run: 'node << parameters.s >>']}
";
    assert_eq!(commands(&good(&text), "build"), ["node 16.10"]);
    let found = findings(&text.replace("'16.10'", "lates"));
    assert_eq!(found[0].help.as_deref(), Some("did you mean `latest`?"));
}
