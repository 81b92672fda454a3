//! Reusable configuration: what the references say, and the hardest constructs that real files use.

use config::{Code, Inputs, Value};
use model::plan::{Executor, StepKind};

use crate::kit::{commands, findings, good, good_with, plan};

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
