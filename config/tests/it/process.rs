//! The expanded configuration as text: the expansions that the references print.

use config::{Inputs, Orbs, Source, process};

fn processed(text: &str) -> String {
    process(&Source::new("config.yml", text), &Inputs::branch("main"), &Orbs::new())
        .expect("the configuration is right")
}

#[test]
fn an_executor_with_arguments() {
    let text = "
version: 2.1
executors:
  python:
    parameters:
      tag: {type: string, default: latest}
      myspecialvar: {type: string}
    docker:
      - image: cimg/python:<< parameters.tag >>
    environment:
      MYPRECIOUS: << parameters.myspecialvar >>
jobs:
  build:
    executor: {name: python, tag: \"2.7\", myspecialvar: \"myspecialvalue\"}
    steps: []
";
    insta::assert_snapshot!(processed(text), @r"
    version: 2
    jobs:
      build:
        docker:
        - image: cimg/python:2.7
        environment:
          MYPRECIOUS: myspecialvalue
        steps: []
    workflows:
      version: 2
      workflow:
        jobs:
        - build
    ");
}

#[test]
fn steps_as_arguments() {
    let text = "
version: 2.1
commands:
  run-tests:
    parameters:
      after-deps: {type: steps, default: []}
    steps:
      - run: make deps
      - steps: << parameters.after-deps >>
      - run: make test
jobs:
  build:
    docker: [{image: 'cimg/base:2023.11'}]
    steps:
      - run-tests:
          after-deps:
            - run: echo \"The dependencies are installed\"
            - run: echo \"And now I'm going to run the tests\"
";
    insta::assert_snapshot!(processed(text), @r#"
    version: 2
    jobs:
      build:
        docker:
        - image: cimg/base:2023.11
        steps:
        - run: make deps
        - run: echo "The dependencies are installed"
        - run: echo "And now I'm going to run the tests"
        - run: make test
    workflows:
      version: 2
      workflow:
        jobs:
        - build
    "#);
}

#[test]
fn matrix_jobs_that_wait_for_each_other() {
    let text = "
version: 2.1
jobs:
  build: {parameters: {version: {type: string}}, machine: true, steps: [run: 'build << parameters.version >>']}
  deploy: {parameters: {version: {type: string}}, machine: true, steps: [run: 'deploy << parameters.version >>']}
workflows:
  workflow:
    jobs:
      - build: {name: build-v<< matrix.version >>, matrix: {parameters: {version: ['0.1', '0.2']}}}
      - deploy:
          name: deploy-v<< matrix.version >>
          matrix: {parameters: {version: ['0.1', '0.2']}}
          requires: [build-v<< matrix.version >>]
  off:
    when: << pipeline.git.tag >>
    jobs: [hold: {type: approval}]
";
    insta::assert_snapshot!(processed(text), @r#"
    version: 2
    jobs:
      build-v0.1:
        machine: true
        steps:
        - run: build 0.1
      build-v0.2:
        machine: true
        steps:
        - run: build 0.2
      deploy-v0.1:
        machine: true
        steps:
        - run: deploy 0.1
      deploy-v0.2:
        machine: true
        steps:
        - run: deploy 0.2
    workflows:
      version: 2
      workflow:
        jobs:
        - build-v0.1
        - build-v0.2
        - deploy-v0.1:
            requires:
            - build-v0.1
        - deploy-v0.2:
            requires:
            - build-v0.2
      "off":
        when: false
        jobs:
        - hold:
            type: approval
    "#);
}

#[test]
fn texts_are_written_so_that_they_are_read_back() {
    let texts = [
        "plain",
        "with: colon",
        "ends:",
        "# hash",
        "a #b",
        "- dash",
        "-dash",
        "'single'",
        "\"double\"",
        "true",
        "yes",
        "12",
        "1.5",
        "~",
        "null",
        "multi\nline",
        "multi\nline\n",
        "multi\n\n\nline\n\n",
        " leading\nline",
        "tab\tin",
        "\ttab\nfirst",
        "trailing \nblank",
        "a\n   \nb",
        "{flow}",
        "[flow]",
        "*star",
        "&amp",
        "!bang",
        "%percent",
        "@at",
        "`tick`",
        "a, b",
        "ä\u{a0}ö",
        "\u{7}bell",
        "back\\slash",
        "<<",
        "--- x",
        "...",
        "? q",
        ": x",
        "a\r\nb",
    ];
    for text in texts {
        let quoted = serde_json::to_string(text).expect("a text is JSON");
        let source = format!(
            "version: 2\njobs: {{build: {{machine: true, steps: [run: {quoted}, run: {{command: x, name: {quoted}}}]}}}}\n"
        );
        let once = processed(&source);
        assert_eq!(processed(&once), once, "{text:?}");
        assert_eq!(crate::kit::commands(&crate::kit::good(&once), "build")[0], text, "{once}");
    }
}
