//! Values of every form, and keys that nobody knows.

use config::Code;
use model::plan::{Executor, StepKind};

use crate::kit::{commands, good, outline, plan};

/// Number 30: they are ignored, and said.
#[test]
fn unknown_keys() {
    let text = "
version: 2.1
executors: {a: {docker: [{image: a}]}}
jobs:
  build:
    executor: a
    docker: [{image: kafka, ports: ['9092:9092']}]
    steps:
      - run: {command: x, timeout: 600, continue_on_error: true}
      - checkout: {directory: src}
  other: {machine: {enabled: true, image: u}, steps: [checkout], imag: y}
workflows: {main: {jobs: [build, other], hours: 3}}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "build"), ["x", "checkout"]);
    // What the job says itself wins over its executor.
    let Executor::Docker { containers } = &plan(&compiled, "build").executor else { panic!() };
    assert_eq!(containers[0].image, "kafka");
    let warned: Vec<String> = compiled
        .warnings
        .iter()
        .map(|finding| format!("{}: {} ({:?})", finding.primary.line, finding.message, finding.code))
        .collect();
    insta::assert_snapshot!(warned.join("\n"), @r"
    7: a container has no key `ports`: it is ignored (UnknownKey)
    9: `run` has no key `timeout`: it is ignored (UnknownKey)
    9: `run` has no key `continue_on_error`: it is ignored (UnknownKey)
    10: `checkout` has no key `directory`: it is ignored (UnknownKey)
    11: `enabled` of `machine` is deprecated (Deprecated)
    11: a job has no key `imag`: it is ignored (UnknownKey)
    12: a workflow has no key `hours`: it is ignored (UnknownKey)
    ");
    assert!(compiled.warnings.iter().all(|finding| matches!(finding.code, Code::UnknownKey | Code::Deprecated)));
}

/// Number 32: each value is the text that stands there.
#[test]
fn environments_of_every_form() {
    let text = "
version: 2.1
executors: {a: {docker: [{image: a, environment: [X=1, {Y: yes}]}], environment: {FROM: executor, BOTH: executor}}}
jobs:
  build:
    executor: a
    environment:
      - BOTH: job
      - HOSTPATH:
      - LIST=a=b
      - {ON: on, OFF: FALSE, N: 13.0, HEX: 0x10, OCTAL: 0755, BIG: 1e3, QUOTED: 'yes', TILDE: ~}
    steps:
      - run: {command: x, environment: [A: 1, B: ]}
";
    let compiled = good(text);
    let build = plan(&compiled, "build");
    let pairs = |environment: &model::plan::Environment| {
        environment.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(&build.environment),
        [
            "BIG=1e3",
            "BOTH=job",
            "FROM=executor",
            "HEX=0x10",
            "HOSTPATH=",
            "LIST=a=b",
            "N=13.0",
            "OCTAL=0755",
            "OFF=FALSE",
            "ON=on",
            "QUOTED=yes",
            "TILDE="
        ]
    );
    let Executor::Docker { containers } = &build.executor else { panic!() };
    assert_eq!(pairs(&containers[0].environment), ["X=1", "Y=yes"]);
    let StepKind::Run(run) = &build.steps[0].kind else { panic!() };
    assert_eq!(pairs(&run.environment), ["A=1", "B="]);
}

/// Number 33: the digits stay as they are written.
#[test]
fn numbers_where_texts_are_meant() {
    let text = "
version: '2.1'
executors: {mac: {parameters: {xcode: {type: string}}, macos: {xcode: << parameters.xcode >>}}}
jobs:
  java: {parameters: {version: {type: string}}, machine: true, steps: [run: java << parameters.version >>]}
  mac: {macos: {xcode: 16.3}, steps: [checkout]}
  pinned: {executor: {name: mac, xcode: 16.10}, steps: [checkout]}
  exact: {executor: {name: mac, xcode: 16.4.0}, steps: [checkout]}
workflows:
  version: 2.1
  main:
    jobs:
      - java: {matrix: {parameters: {version: [8, 11, 1.10]}}}
      - java: {name: last, version: 17}
      - mac
      - pinned
      - exact
";
    let compiled = good(text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      java-8
      java-11
      java-1.10
      last
      mac
      pinned
      exact
    ");
    assert_eq!(commands(&compiled, "java-1.10"), ["java 1.10"]);
    assert_eq!(commands(&compiled, "last"), ["java 17"]);
    let xcode = |name: &str| plan(&compiled, name).executor.clone();
    let wanted = |xcode: &str| Executor::Macos { xcode: xcode.to_owned() };
    assert_eq!([xcode("mac"), xcode("pinned"), xcode("exact")], ["16.3", "16.10", "16.4.0"].map(wanted));
}
