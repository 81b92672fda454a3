//! `<< … >>` in texts.

use config::{Inputs, Value};
use model::plan::{Executor, StepKind};

use crate::kit::{commands, good, good_with, outline, plan};

/// Number 1.
#[test]
fn mustache_sections() {
    let text = "
version: 2.1
parameters: {nightly: {type: string, default: ''}}
commands:
  install:
    parameters:
      windows: {type: boolean, default: false}
      dir: {type: string, default: ''}
    steps:
      - run:
          shell: '<<# parameters.windows >>bash.exe<</ parameters.windows >>'
          command: |
            <<# parameters.windows >>init one<</ parameters.windows >><<^ parameters.windows >>init --recursive<</ parameters.windows >>
            <<#parameters.dir>>cd << parameters.dir >>
            <<#parameters.windows>>dir<</parameters.windows>><<^parameters.windows>>ls<</parameters.windows>><</parameters.dir>>
      - restore_cache:
          key: v1-{{ arch }}-<<^parameters.dir>>root<</parameters.dir>><<#parameters.dir>>{{ checksum \"<<parameters.dir>>/lock\" }}<</parameters.dir>>
jobs:
  test:
    parameters: {rails: {type: string}, paperclip: {type: boolean}}
    machine: true
    steps: [install, install: {windows: true, dir: src}, run: 'x<<#pipeline.parameters.nightly>>--nightly<</pipeline.parameters.nightly>>']
workflows:
  main:
    jobs:
      - test:
          name: &name 'rails-<<matrix.rails>>-<<#matrix.paperclip>>paperclip<</matrix.paperclip>><<^matrix.paperclip>>storage<</matrix.paperclip>>'
          matrix: {parameters: {rails: ['7.0', '8.0'], paperclip: [true]}}
      - test: {name: *name, matrix: {parameters: {rails: ['7.0'], paperclip: [false]}}}
";
    let compiled = good(text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      rails-7.0-paperclip
      rails-8.0-paperclip
      rails-7.0-storage
    ");
    insta::assert_snapshot!(commands(&compiled, "rails-7.0-paperclip").join("\n---\n"), @r#"
    init --recursive


    ---
    RestoreCache(RestoreCache { keys: ["v1-{{ arch }}-root"] })
    ---
    init one
    cd src
    dir

    ---
    RestoreCache(RestoreCache { keys: ["v1-{{ arch }}-{{ checksum \"src/lock\" }}"] })
    ---
    x
    "#);
    // A shell without a name is the job's own.
    let shell = |at: usize| match &plan(&compiled, "rails-7.0-paperclip").steps[at].kind {
        StepKind::Run(run) => run.shell.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((shell(0), shell(2).as_deref()), (None, Some("bash.exe")));
    let mut nightly = Inputs::branch("main");
    nightly.parameters.insert("nightly".to_owned(), "yes".into());
    let last = commands(&good_with(text, &nightly), "rails-8.0-paperclip").pop();
    assert_eq!(last.as_deref(), Some("x--nightly"));
}

/// Number 7.
#[test]
fn escaped_angle_brackets() {
    let text = r#"
version: 2.1
jobs:
  build:
    parameters: {target: {type: string, default: all}}
    machine: true
    steps:
      - run: |
          cat \<<EOF | sed -f - > out
          << parameters.target >>
          EOF
          read x \<<< "<< parameters.target >>"
          command=${command//\<< parameters.target >>/$task}
      - run: "bash -c \"$(base64 -d \\<<<$X)\""
"#;
    insta::assert_snapshot!(commands(&good(text), "build").join("\n---\n"), @r#"
    cat <<EOF | sed -f - > out
    all
    EOF
    read x <<< "all"
    command=${command//<< parameters.target >>/$task}

    ---
    bash -c "$(base64 -d <<<$X)"
    "#);
}

/// Number 8.
#[test]
fn broken_over_lines() {
    let text = "
version: 2.1
jobs:
  build:
    machine: true
    steps:
      - run: >-
          open https://example.org/<<
          pipeline.project.type >>/x/<< pipeline.number
          >>|<<
          pipeline.number >>>\\n
      - run: \"when << pipeline.git.branch ==
          \\\"main\\\" and
          pipeline.number >> is set\"
      - run: |
          echo <<
            pipeline.number
          >>
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.project.type".to_owned(), "github".into());
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(7));
    assert_eq!(
        commands(&good_with(text, &inputs), "build"),
        ["open https://example.org/github/x/7|7>\\n", "when 7 is set", "echo 7\n"]
    );
}

/// Number 36.
#[test]
fn defaults_and_types() {
    let text = "
version: 2.1
parameters:
  dir: {type: string, default: '/tmp/results_<< pipeline.id >>'}
  build: {type: string, default: out}
jobs:
  test:
    parameters:
      into: {type: string, default: << pipeline.parameters.dir >>}
      whole: {type: string, default: << pipeline.parameters.build >>/<< pipeline.number >>}
      shards: {type: integer, default: 3}
      size: {type: string, default: large}
    docker: [{image: 'cimg/base:<< pipeline.number >>'}]
    parallelism: << parameters.shards >>
    resource_class: arm.<< parameters.size >>
    steps: [run: << parameters.into >> << parameters.whole >>]
workflows:
  main: {jobs: [test, test: {name: more, shards: << pipeline.git.branch == \"main\" and 10 or 1 >>}]}
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.id".to_owned(), "0f".into());
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(7));
    let compiled = good_with(text, &inputs);
    assert_eq!(commands(&compiled, "test"), ["/tmp/results_0f out/7"]);
    let test = plan(&compiled, "test");
    assert_eq!((test.parallelism, plan(&compiled, "more").parallelism), (3, 10));
    assert_eq!(test.resource_class.as_ref().map(|class| class.0.as_str()), Some("arm.large"));
    let Executor::Docker { containers } = &test.executor else { panic!("{:?}", test.executor) };
    assert_eq!(containers[0].image, "cimg/base:7");
}

/// Number 37.
#[test]
fn names_of_environment_variables() {
    let text = "
version: 2.1
commands:
  login:
    parameters:
      password: {type: env_var_name, default: DOCKER_PASSWORD}
      key: {type: env_var_name, default: KEY_BASE64}
      none: {type: env_var_name, default: ''}
    steps:
      - run: echo \"$<<parameters.password>>\" \"${<< parameters.key >>}\"
      - when: {condition: << parameters.none >>, steps: [run: never]}
jobs:
  build: {machine: true, steps: [login, login: {password: MY_TOKEN_1, key: _x}]}
";
    let compiled = good(text);
    assert_eq!(
        commands(&compiled, "build"),
        ["echo \"$DOCKER_PASSWORD\" \"${KEY_BASE64}\"", "echo \"$MY_TOKEN_1\" \"${_x}\""]
    );
    let found = crate::kit::findings(&text.replace("MY_TOKEN_1", "$MY_TOKEN"));
    assert!(found[0].message.contains("`$MY_TOKEN`, which cannot name an environment variable"), "{found:?}");
}
