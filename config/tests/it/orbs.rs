//! Orbs: references and versions, names of their own, mistakes in them.

use config::{Inputs, OrbRef, OrbVersion, Orbs, Refusal, Source, compile};
use model::plan::Executor;

use crate::kit::{commands, good, plan, render};

#[test]
fn references() {
    let table = [
        ("circleci/node@5.1.0", Some(("circleci", "node", "5.1.0"))),
        ("circleci/node@volatile", Some(("circleci", "node", "volatile"))),
        ("a-b/c_d@dev:alpha", Some(("a-b", "c_d", "dev:alpha"))),
        ("circleci/node", None),
        ("node@5", None),
        ("circleci/node@", None),
        ("circleci/no de@5", None),
        ("https://example.org/orb.yml", None),
    ];
    for (text, expected) in table {
        assert_eq!(OrbRef::new(text).registry(), expected, "{text}");
    }
    assert_eq!(OrbRef::new("https://example.org/orb.yml").url(), Some("https://example.org/orb.yml"));
}

#[test]
fn the_newest_version_that_fits() {
    let existing = ["1.0.0", "1.2.0", "1.10.0", "1.2.9", "2.0.0", "10.0.1", "dev:alpha", "dev:beta"];
    let table = [
        ("1", Some("1.10.0")),
        ("1.2", Some("1.2.9")),
        ("1.2.0", Some("1.2.0")),
        ("1.3", None),
        ("volatile", Some("10.0.1")),
        ("dev:beta", Some("dev:beta")),
        ("dev:gamma", None),
    ];
    for (text, expected) in table {
        let version = OrbRef::new(format!("a/b@{text}")).version().unwrap_or_else(|| panic!("{text}"));
        assert_eq!(version.newest(existing), expected, "{text}");
    }
    for text in ["x.y", "1.2.3.4", "1..2", "", "dev:", "v1", "+1"] {
        assert!(text.parse::<OrbVersion>().is_err(), "{text}");
    }
    assert!("1.2.3".parse::<OrbVersion>().is_ok_and(|version| version.is_fixed()));
    assert!("1.2".parse::<OrbVersion>().is_ok_and(|version| !version.is_fixed()));
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
fn a_mistake_in_an_orb_points_into_the_orb_and_at_its_call() {
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
    insta::assert_snapshot!(render(&found), @r"
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
