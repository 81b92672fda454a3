//! Reusable configuration: what the references say, and the hardest constructs that real files use.

use config::{Inputs, Value};
use model::plan::{Executor, JobKind, StepKind, When};

use crate::kit::{commands, findings, good, good_with, job, outline, plan};

/// A configuration of version 2.1 whose job `build` has these steps.
fn steps(steps: &str) -> String {
    format!("version: 2.1\njobs:\n  build:\n    docker: [{{image: a}}]\n    steps:\n{steps}")
}

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

const MATRIX: &str = "
version: 2.1
jobs:
  build:
    parameters:
      version: {type: string}
      platform: {type: string}
    machine: true
    steps: [run: << parameters.platform >> << parameters.version >>]
  one:
    parameters: {a: {type: integer}, b: {type: boolean, default: false}, c: {type: string, default: x}}
    machine: true
    steps: [run: '<< parameters.a >> << parameters.b >> << parameters.c >>']
";

#[test]
fn a_matrix_runs_every_combination() {
    let text = format!(
        "{MATRIX}
workflows:
  main:
    jobs:
      - build: {{matrix: {{parameters: {{version: ['0.1', '0.2', '0.3'], platform: [macos, windows, linux]}}}}}}
"
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    main
      build-macos-0.1
      build-macos-0.2
      build-macos-0.3
      build-windows-0.1
      build-windows-0.2
      build-windows-0.3
      build-linux-0.1
      build-linux-0.2
      build-linux-0.3
    ");
    assert_eq!(commands(&good(&text), "build-windows-0.2"), ["windows 0.2"]);
}

#[test]
fn matrices_and_who_requires_them() {
    let text = format!(
        "{MATRIX}
workflows:
  main:
    jobs:
      - one: {{matrix: {{parameters: {{a: [1, 2, 3], b: [on, off]}}, exclude: [{{a: 3, b: true}}, {{a: 1, b: off}}]}}, c: z}}
      - one: {{name: 'n-<< matrix.a >>', matrix: {{alias: ns, parameters: {{a: [8, 9]}}}}, c: 'v<< matrix.a >>'}}
      - one: {{name: 'after-<< matrix.a >>', matrix: {{alias: afters, parameters: {{a: [8, 9]}}}}, a: 1, requires: ['n-<< matrix.a >>']}}
      - one: {{name: all, a: 1, requires: [one, ns]}}
      - one: {{name: single, a: 1, requires: [one-2-true, afters]}}
      - one: {{name: same, matrix: {{alias: x, parameters: {{a: [5, 6]}}}}}}
"
    );
    let compiled = good(&text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      one-1-true
      one-2-true
      one-2-false
      one-3-false
      n-8
      n-9
      after-8 ← n-8
      after-9 ← n-9
      all ← one-1-true, one-2-true, one-2-false, one-3-false, n-8, n-9
      single ← one-2-true, after-8, after-9
      same-1
      same-2
    ");
    assert_eq!(commands(&compiled, "n-9"), ["9 false v9"]);
    assert_eq!(commands(&compiled, "after-8"), ["8 false x"]);
}

#[test]
fn names_that_are_not_unique_get_numbers() {
    let text = format!(
        "{MATRIX}
workflows:
  first:
    jobs:
      - one: {{a: 1}}
      - one: {{a: 2}}
      - build: {{version: '1', platform: p}}
  second:
    jobs:
      - one: {{a: 1}}
      - build: {{version: '1', platform: p}}
      - hold: {{type: approval}}
  third:
    jobs:
      - hold: {{type: approval}}
"
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    first
      one-1
      one-2
      build
    second
      one-3
      build
      hold (approval)
    third
      hold (approval)
    ");
}

#[test]
fn pre_and_post_steps_stand_in_the_scope_of_the_workflow() {
    let text = format!(
        "{MATRIX}
commands: {{say: {{parameters: {{x: {{type: string}}}}, steps: [run: say << parameters.x >>]}}}}
workflows:
  main:
    jobs:
      - one:
          name: it
          matrix: {{parameters: {{a: [7]}}}}
          pre-steps: [run: before << matrix.a >>, say: {{x: << pipeline.git.branch >>}}]
          post-steps: [run: after]
"
    );
    assert_eq!(commands(&good(&text), "it"), ["before 7", "say main", "7 false x", "after"]);
}

#[test]
fn logic_statements() {
    let table = [
        ("true", true),
        ("no", false),
        ("''", false),
        ("0", false),
        ("42", true),
        ("a string", true),
        ("~", false),
        ("{}", false),
        // Only looks dynamic.
        ("${CIRCLE_TAG} && ${GITHUB_TOKEN}", true),
        ("<< pipeline.git.branch >>", true),
        ("<< pipeline.git.tag >>", false),
        ("\"<< pipeline.parameters.off >>\"", false),
        ("{not: << pipeline.parameters.off >>}", true),
        ("{and: [true, 1, x]}", true),
        ("{and: [true, false]}", false),
        ("{or: [false, << pipeline.git.tag >>]}", false),
        ("{or: [false, {not: false}]}", true),
        ("{equal: [main, << pipeline.git.branch >>]}", true),
        ("{equal: [<< pipeline.git.branch >>, \"staging\"]}", false),
        ("{equal: ['', << pipeline.git.tag >>]}", true),
        ("{equal: [42, << pipeline.number >>]}", true),
        ("{equal: ['42', << pipeline.number >>]}", false),
        ("{equal: [true, << pipeline.parameters.off >>]}", false),
        ("{equal: [{a: 1, b: [x]}, {b: [x], a: 1}]}", true),
        ("{equal: [1, 1, 2]}", false),
        ("{matches: {pattern: '^ma.*$', value: << pipeline.git.branch >>}}", true),
        ("{matches: {pattern: 'ma', value: << pipeline.git.branch >>}}", false),
        ("{matches: {pattern: '/^main$/', value: << pipeline.git.branch >>}}", true),
        ("{matches: {pattern: '.*', value: << pipeline.git.tag >>}}", true),
        ("pipeline.git.branch == \"main\"", true),
        ("pipeline.parameters.off", false),
        ("not pipeline.parameters.off", true),
        ("pipeline.git.tag starts-with \"v\"", false),
        ("pipeline.git.tag == \"v\" or pipeline.number > 41", true),
        ("<< pipeline.git.branch == \"main\" and pipeline.number == 42 >>", true),
    ];
    for (condition, expected) in table {
        let text = format!(
            "version: 2.1\nparameters: {{off: {{type: boolean, default: false}}}}\njobs:\n  build:\n    machine: \
             true\n    steps:\n      - when:\n          condition: {condition}\n          steps: [run: x]\nworkflows:\n  main:\n    when: {condition}\n    jobs: \
             [build]\n  unless:\n    unless: {condition}\n    jobs: [build]\n"
        );
        let mut inputs = Inputs::branch("main");
        inputs.values.insert("pipeline.number".to_owned(), Value::Int(42));
        let compiled = good_with(&text, &inputs);
        let names: Vec<&str> = compiled.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
        assert_eq!(names, [if expected { "main" } else { "unless" }], "{condition}");
        assert_eq!(commands(&compiled, "build").len(), usize::from(expected), "{condition}");
        assert_eq!(compiled.skipped.len(), 1);
    }
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
fn orbs_have_names_of_their_own() {
    let text = "
version: 2.1
orbs:
  tools:
    orbs:
      inner:
        commands: {deep: {steps: [run: deep]}}
        executors: {default: {docker: [{image: inner}]}}
    executors: {default: {docker: [{image: tools}]}}
    commands:
      greet: {parameters: {to: {type: string, default: you}}, steps: [run: tools greets << parameters.to >>, inner/deep]}
    jobs:
      work:
        parameters:
          e: {type: executor, default: default}
          first: {type: steps, default: []}
        executor: << parameters.e >>
        steps: [greet, steps: << parameters.first >>]
      deep: {executor: inner/default, steps: [inner/deep]}
executors: {default: {docker: [{image: mine}]}}
commands:
  greet: {steps: [run: mine]}
  checkout: {steps: [run: before, checkout, run: after]}
jobs:
  own: {executor: tools/default, steps: [checkout, greet, tools/greet: {to: me}]}
workflows:
  main:
    jobs:
      - own
      - tools/work
      - tools/work: {name: mine, e: default, first: [greet], requires: [own]}
      - tools/deep
      - last: {type: approval, requires: [tools/deep]}
";
    let compiled = good(text);
    let image = |name: &str| match &plan(&compiled, name).executor {
        Executor::Docker { containers } => containers[0].image.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(commands(&compiled, "own"), ["before", "checkout", "after", "mine", "tools greets me", "deep"]);
    assert_eq!(
        (image("own"), commands(&compiled, "tools/work")),
        ("tools".into(), vec!["tools greets you".into(), "deep".into()])
    );
    assert_eq!(
        (image("mine"), commands(&compiled, "mine")),
        ("mine".into(), vec!["tools greets you".into(), "deep".into(), "mine".into()])
    );
    assert_eq!((image("tools/work"), image("tools/deep")), ("tools".into(), "inner".into()));
}

#[test]
fn job_groups() {
    let text = "
version: 2.1
jobs:
  build: {machine: true, steps: [checkout]}
  deploy: {machine: true, steps: [checkout]}
  release: {machine: true, steps: [checkout]}
job-groups:
  ship: {jobs: [deploy, {release: {requires: [deploy]}}]}
workflows:
  once:
    jobs: [build, {ship: {requires: [build], serial-group: a/b}}, {build: {name: notify, requires: [ship]}}]
  twice:
    jobs: [build, {ship: {name: staging, requires: [build]}}, {ship: {name: production, requires: [staging]}}]
";
    let compiled = good(text);
    insta::assert_snapshot!(outline(&compiled), @r"
    once
      build
      deploy ← build
      release ← deploy
      notify ← deploy, release
    twice
      build
      staging-deploy ← build
      staging-release ← staging-deploy
      production-deploy ← staging-deploy, staging-release
      production-release ← production-deploy
    ");
    assert_eq!(job(&compiled, "deploy").serial_group.as_ref().map(|group| group.0.as_str()), Some("a/b"));
}

#[test]
fn workflow_jobs_of_every_kind() {
    let text = "
version: 2.1
setup: true
orbs: {team: {jobs: {test: {machine: true, steps: [run: the team's test]}}}}
jobs:
  build: {machine: true, steps: [checkout]}
  test: {machine: true, steps: [run: my test]}
  nothing: {type: no-op}
  publish: {type: release, plan_name: my-plan}
workflows:
  main:
    max_auto_reruns: 2
    jobs:
      - build: {context: org-global}
      - test: {override-with: team/test, context: [a, b, a], requires: build}
      - test: {name: fallback, override-with: team/missing}
      - hold: {type: approval, requires: [test]}
      - nothing: {requires: [hold, build: terminal, test: [failed, canceled]]}
      - publish: {requires: [nothing], serial-group: << pipeline.project.slug >>/deploy}
      - build: {name: chosen, context: << pipeline.git.branch == \"main\" and \"prod\" or \"dev\" >>}
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.project.slug".to_owned(), "gh/a/b".into());
    let compiled = good_with(text, &inputs);
    assert!(compiled.setup);
    assert_eq!(compiled.workflows[0].max_auto_reruns, 2);
    insta::assert_snapshot!(outline(&compiled), @r#"
    main
      build
      test ← build
      fallback
      hold (approval) ← test
      nothing (no-op) ← hold, build ["terminal"], test ["failed", "canceled"]
      publish (release) ← nothing
      chosen
    "#);
    assert_eq!(commands(&compiled, "test"), ["the team's test"]);
    assert_eq!(commands(&compiled, "fallback"), ["my test"]);
    assert_eq!(plan(&compiled, "test").contexts, ["a", "b"]);
    assert_eq!(plan(&compiled, "chosen").contexts, ["prod"]);
    assert_eq!(job(&compiled, "publish").kind, JobKind::Release { plan_name: "my-plan".into() });
    assert_eq!(job(&compiled, "publish").serial_group.as_ref().map(|group| group.0.as_str()), Some("gh/a/b/deploy"));
}

#[test]
fn steps_of_every_kind() {
    let text = steps(
        "      - checkout
      - checkout: {path: src, method: full}
      - run: |
          make
          test
      - run: {name: Named, command: make, shell: /bin/sh -e, environment: {A: 1, B: no}, background: true, working_directory: sub, no_output_timeout: 1.5h, when: always, max_auto_reruns: 3, auto_rerun_delay: 10s}
      - setup_remote_docker
      - save-cache: {key: 'v1-{{ checksum \"a\" }}', paths: node_modules, when: on_fail}
      - save_cache: {key: k, paths: [a, ~/b]}
      - restore_cache: {keys: [a, b]}
      - restore_cache: {key: a, keys: [b], name: Mine}
      - persist_to_workspace: {root: /tmp, paths: ['*']}
      - attach_workspace: {at: /tmp}
      - store_artifacts: {path: out, destination: build}
      - store_test_results: {path: results}
      - add_ssh_keys
      - add_ssh_keys: {fingerprints: ['SHA256:x']}
",
    );
    let compiled = good(&text);
    insta::assert_json_snapshot!(plan(&compiled, "build").steps, @r#"
    [
      {
        "name": "Checkout code",
        "type": "checkout",
        "method": "blobless"
      },
      {
        "name": "Checkout code",
        "type": "checkout",
        "path": "src",
        "method": "full"
      },
      {
        "name": "make\ntest\n",
        "type": "run",
        "command": "make\ntest\n",
        "background": false,
        "no_output_timeout_ms": 600000,
        "max_auto_reruns": 0,
        "auto_rerun_delay_ms": 0
      },
      {
        "name": "Named",
        "when": "always",
        "type": "run",
        "command": "make",
        "shell": "/bin/sh -e",
        "environment": {
          "A": "1",
          "B": "no"
        },
        "working_directory": "sub",
        "background": true,
        "no_output_timeout_ms": 5400000,
        "max_auto_reruns": 3,
        "auto_rerun_delay_ms": 10000
      },
      {
        "name": "Setup a remote Docker engine",
        "type": "setup_remote_docker",
        "docker_layer_caching": false
      },
      {
        "name": "Saving Cache",
        "when": "on_fail",
        "type": "save_cache",
        "key": "v1-{{ checksum \"a\" }}",
        "paths": [
          "node_modules"
        ]
      },
      {
        "name": "Saving Cache",
        "type": "save_cache",
        "key": "k",
        "paths": [
          "a",
          "~/b"
        ]
      },
      {
        "name": "Restoring Cache",
        "type": "restore_cache",
        "keys": [
          "a",
          "b"
        ]
      },
      {
        "name": "Mine",
        "type": "restore_cache",
        "keys": [
          "a",
          "b"
        ]
      },
      {
        "name": "Persisting to workspace",
        "type": "persist_to_workspace",
        "root": "/tmp",
        "paths": [
          "*"
        ]
      },
      {
        "name": "Attaching workspace",
        "type": "attach_workspace",
        "at": "/tmp"
      },
      {
        "name": "Uploading artifacts",
        "when": "always",
        "type": "store_artifacts",
        "path": "out",
        "destination": "build"
      },
      {
        "name": "Uploading test results",
        "when": "always",
        "type": "store_test_results",
        "path": "results"
      },
      {
        "name": "Installing additional SSH keys",
        "type": "add_ssh_keys",
        "fingerprints": []
      },
      {
        "name": "Installing additional SSH keys",
        "type": "add_ssh_keys",
        "fingerprints": [
          "SHA256:x"
        ]
      }
    ]
    "#);
}

#[test]
fn containers_with_every_key() {
    let text = "
version: 2
jobs:
  build:
    docker:
      - image: a@sha256:0123
        user: root
        auth: {username: me, password: $PASSWORD}
        environment: [A=1, B=x=y, {C: 2, D: }]
      - image: 123.dkr.ecr.us-east-1.amazonaws.com/b
        name: db
        command: mongod --port 27017 '--a b'
        entrypoint: [/entry, -x]
        aws_auth: {aws_access_key_id: AKIA, aws_secret_access_key: $SECRET}
      - image: c
        aws_auth: {oidc_role_arn: 'arn:x'}
      - image: d
        gcp_auth: {service_account: $KEY}
    environment:
      - X: 16.10
      - Y: true
    shell: /bin/bash -e
    working_directory: ~/w
    parallelism: '2'
    retention: {caches: 7d}
    circleci_ip_ranges: true
    steps: [checkout]
";
    let compiled = good(text);
    insta::assert_json_snapshot!(plan(&compiled, "build"), @r#"
    {
      "executor": {
        "kind": "docker",
        "containers": [
          {
            "image": "a@sha256:0123",
            "user": "root",
            "environment": {
              "A": "1",
              "B": "x=y",
              "C": "2",
              "D": ""
            },
            "auth": {
              "kind": "basic",
              "username": "me",
              "password": "$PASSWORD"
            }
          },
          {
            "image": "123.dkr.ecr.us-east-1.amazonaws.com/b",
            "name": "db",
            "entrypoint": [
              "/entry",
              "-x"
            ],
            "command": [
              "mongod",
              "--port",
              "27017",
              "--a b"
            ],
            "auth": {
              "kind": "aws",
              "access_key_id": "AKIA",
              "secret_access_key": "$SECRET"
            }
          },
          {
            "image": "c",
            "auth": {
              "kind": "aws",
              "role_arn": "arn:x"
            }
          },
          {
            "image": "d",
            "auth": {
              "kind": "gcp",
              "service_account": "$KEY"
            }
          }
        ]
      },
      "working_directory": "~/w",
      "shell": "/bin/bash -e",
      "environment": {
        "X": "16.10",
        "Y": "true"
      },
      "steps": [
        {
          "name": "Checkout code",
          "type": "checkout",
          "method": "blobless"
        }
      ],
      "parallelism": 2
    }
    "#);
}

#[test]
fn yaml_as_circleci_reads_it() {
    let text = "
version: '2.1'
x-data: {a: '<< not.looked.at'}
.references: &refs {one: &one {A: 1, B: 2}, two: &two {B: 3, C: 4}}
last: &last x
again: &last y
cond: &cond {condition: true}
fetch: &fetch {run: fetched}
list: &list [checkout, *fetch]
remote: &remote {version: default}
filters: &filters {branches: {only: /.*/}}
jobs:
  build:
    machine: true
    environment:
      <<: *one
      <<: *two
      D: *last
      B: 9
    steps:
      - <<: *fetch
      - when: {<<: *cond, steps: [run: merged]}
      - when:
          condition: {matches: {<<: {pattern: 'ma.*'}, value: << pipeline.git.branch >>}}
          steps: *list
      - run: >
          folded
          text
      - run: plain
          over lines
      - run: \"quoted \\
          join\"
workflows:
  version: 2
  main:
    jobs:
      - build: {filters: *filters}
";
    let compiled = good(text);
    assert_eq!(
        commands(&compiled, "build"),
        ["fetched", "merged", "checkout", "fetched", "folded text\n", "plain over lines", "quoted join"]
    );
    let environment = &plan(&compiled, "build").environment;
    let pairs: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(pairs, ["A=1", "B=9", "C=4", "D=y"]);
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
}

#[test]
fn in_version_2_angle_brackets_are_text() {
    let text = "version: 2\njobs:\n  build:\n    machine: true\n    steps:\n      - run: cat <<EOF << x >> \\<<\n";
    assert_eq!(commands(&good(text), "build"), ["cat <<EOF << x >> \\<<"]);
}

#[test]
fn store_steps_run_after_a_failure_too() {
    let compiled =
        good(&steps("      - store_artifacts: {path: a}\n      - store_test_results: {path: b, when: on_success}\n"));
    let whens: Vec<When> = plan(&compiled, "build").steps.iter().map(|step| step.when).collect();
    assert_eq!(whens, [When::Always, When::OnSuccess]);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = "
version: 2.1
jobs:
  build:
    docker: [{image: a, environment: 5}]
    parallelism: x
    steps: [checkot, run: {command: x, when: never}]
workflows:
  main:
    jobs: [build, biuld, {build: {name: b, requires: [nobody], filters: {branches: {only: /(/}}}}]
";
    let codes: Vec<&str> =
        findings(text).iter().filter(|finding| finding.is_error()).map(|finding| finding.code.name()).collect();
    assert_eq!(
        codes,
        [
            "config::wrong-type",
            "config::wrong-type",
            "config::unknown-step",
            "config::invalid-value",
            "config::unknown-job",
            "config::unknown-requires",
            "config::invalid-pattern"
        ]
    );
}

#[test]
fn a_mistake_in_an_orb_points_into_the_orb_and_at_its_call() {
    use config::{OrbRef, Orbs, Refusal, Source, compile};
    let source =
        Source::new("config.yml", "version: 2.1\norbs: {o: ns/o@1}\njobs: {build: {machine: true, steps: [o/go]}}\n");
    let reference = OrbRef::new("ns/o@1");
    let inputs = Inputs::branch("main");
    assert_eq!(compile(&source, &inputs, &Orbs::new()), Err(Refusal::NeedsOrbs(vec![reference.clone()])));
    let orb = Source::new(
        "ns/o@1",
        "version: 2.1\ncommands:\n  go:\n    steps:\n      - rum: x\n      - run: {name: x, nonsense: 1}\n",
    );
    let Err(Refusal::Invalid(found)) = compile(&source, &inputs, &[(reference, orb)].into_iter().collect()) else {
        panic!("it is wrong")
    };
    insta::assert_snapshot!(crate::kit::render(&found), @r"
    error[config::unknown-step]: there is no step or command `rum`
     --> ns/o@1:5:9
      |
    4 |     steps:
    5 |       - rum: x
      |         ^^^
    6 |       - run: {name: x, nonsense: 1}
     ::: config.yml:3:39
      |
    3 | jobs: {build: {machine: true, steps: [o/go]}}
      |                                       ---- in the command `o/go`, which is called here
     ::: config.yml:3:8
      |
    3 | jobs: {build: {machine: true, steps: [o/go]}}
      |        ----- in the job `build`, which is used here
      = help: did you mean `run`?

    error[config::missing-key]: `run` needs the key `command`
     --> ns/o@1:6:9
      |
    5 |       - rum: x
    6 |       - run: {name: x, nonsense: 1}
      |         ^^^ `command` is missing
     ::: config.yml:3:39
      |
    3 | jobs: {build: {machine: true, steps: [o/go]}}
      |                                       ---- in the command `o/go`, which is called here
     ::: config.yml:3:8
      |
    3 | jobs: {build: {machine: true, steps: [o/go]}}
      |        ----- in the job `build`, which is used here
    ");
}

#[test]
fn a_release_without_a_plan_and_steps_in_the_wrong_shape() {
    let found = findings("version: 2.1\njobs:\n  build: {type: release}\n");
    assert_eq!(found[0].message, "the job `build` of type `release` needs the key `plan_name`");
    let compiled = good("version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      run: x\n");
    assert!(matches!(plan(&compiled, "build").steps[0].kind, StepKind::Run(_)));
    assert_eq!(compiled.warnings.len(), 1);
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
fn byte_order_marks_and_windows_line_ends_are_taken() {
    let text = "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n          a\n          b\n      - run: ä\n      - checkot\n";
    let good_text = text.replace("      - checkot\n", "");
    for marked in [
        format!("\u{feff}{good_text}"),
        good_text.replace('\n', "\r\n"),
        format!("---\n{good_text}..."),
        good_text.trim_end().to_owned(),
    ] {
        assert_eq!(commands(&good(&marked), "build"), ["a\nb\n", "ä"], "{marked:?}");
    }
    let found = findings(&format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(
        found[0].one_line(),
        "config.yml:10:9: error[config::unknown-step]: there is no step or command `checkot`"
    );
}
